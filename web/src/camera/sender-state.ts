/** What this page does with its camera and microphone. */
export type SenderState =
  | { readonly is: 'off' }
  /** The browser asks its user. */
  | { readonly is: 'asking' }
  /** Allowed; the run does not take it yet, or has gone for a while. */
  | { readonly is: 'connecting'; readonly reason: string }
  | { readonly is: 'sending'; readonly figures: SendingFigures }
  /** Another browser has the place. */
  | { readonly is: 'taken'; readonly by: string }
  /** It cannot be: why, and what helps. */
  | { readonly is: 'refused'; readonly title: string; readonly text: string }

export type SendingFigures = {
  /** Pictures sent in the last second. */
  readonly perSecond: number
  /** Pictures that the run has not acknowledged yet. */
  readonly onTheWay: number
  readonly picture: boolean
  readonly sound: boolean
  /** A tab that nobody sees is given no pictures by its browser. */
  readonly hidden: boolean
}
