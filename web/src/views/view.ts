import type { ClientMessage, Command } from '../../../src/core/wire.js'
import type { Answer } from '../live/commands.js'
import type { LiveData } from '../live/live-data.js'
import type { PageKeys } from '../logic/page-keys.js'
import type { PageShape } from '../logic/page-shape.js'
import type { PageState } from '../logic/page-state.js'
import type { Listening } from '../sound/listening.js'
import type { Situation } from '../logic/situation.js'

/** What every view is given. */
export type Scene = {
  readonly page: PageState
  readonly situation: Situation
  readonly shape: PageShape
  readonly live: LiveData
  readonly nowMs: number
}

/** What views ask for. */
export type World = {
  readonly send: (message: ClientMessage) => void
  /** Asks the run; what it refuses is told at the top of the page, whoever asked. */
  readonly ask: (command: Command) => Promise<Answer>
  /** The way of the sound through this page. */
  readonly listening: Listening
  /** Connects at once, where it waits. */
  readonly retry: () => void
  /** Tells at the top of the page what could not be done. */
  readonly tell: (title: string, text: string) => void
  /** Which keys do something from now on, in this browser. */
  readonly setKeys: (keys: PageKeys) => void
  /** It has been read. */
  readonly dismiss: () => void
}

/** A part of the page: built once, then told what is, at most four times a second, and drawn with each frame where it moves. */
export type View = {
  readonly element: HTMLElement
  update?(scene: Scene): void
  frame?(scene: Scene): void
}
