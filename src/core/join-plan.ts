/** How a join takes from an input that is not its anchor (T4). All by capture time, and within so many ms of the anchor's. */
export type Selector = {
  /** `nearest`: before or after · `latest`: not after · `interpolate`: between one before and one after · `window`: all before. */
  readonly by: 'nearest' | 'latest' | 'interpolate' | 'window'
  readonly withinMs: number
}

/** What becomes of an anchor item where a side has nothing for it (T4). */
export type Missing = 'skip' | 'hold' | 'partial' | 'error'

/** How inputs are joined: each item of the anchor, with what each side has for it. */
export type JoinPlan = {
  /** The anchor's name among the inputs. */
  readonly on: string
  readonly sides: Readonly<Record<string, Selector>>
  readonly missing: Missing
  /** How long an anchor item waits for its sides. Null: as long as `nearest` and `interpolate` reach. */
  readonly waitMs: number | null
}

/** The value between two, a share of the way from the first to the second. */
export type Interpolate = (from: unknown, to: unknown, share: number) => unknown

/** How many items are kept at most; frames are large. */
export type Limit = { readonly values: number; readonly frames: number }
export type JoinLimits = { readonly side: Limit; readonly anchor: Limit }

export const joinLimits: JoinLimits = { side: { values: 1000, frames: 32 }, anchor: { values: 100, frames: 32 } }

/** What can wait is in no hurry: stamps of a file say nothing of how long reading it takes. */
export const recordedWaitMs = 5000
