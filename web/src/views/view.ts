import type { LiveData } from '../live/live-data.js'
import type { PageShape } from '../logic/page-shape.js'
import type { PageState } from '../logic/page-state.js'
import type { Situation } from '../logic/situation.js'

/** What every view is given. */
export type Scene = {
  readonly page: PageState
  readonly situation: Situation
  readonly shape: PageShape
  readonly live: LiveData
  readonly nowMs: number
}

/** A part of the page: built once, then told what is, at most four times a second, and drawn with each frame where it moves. */
export type View = {
  readonly element: HTMLElement
  update?(scene: Scene): void
  frame?(scene: Scene): void
}
