import type { StartedWorker } from '../adapters/onnx-worker-start.js'
import type { Signals } from './signals.js'

/** What was begun before the command was loaded; only `run` begins anything. */
export type Early = { readonly signals: Signals; readonly worker: StartedWorker }

/** What a command is started with. */
export type Start = {
  readonly early: Early | null
  /** Imports a module by its address. The command cannot do so itself: it runs as a script that V8 compiled beforehand. */
  readonly importModule: (address: string) => Promise<Readonly<Record<string, unknown>>>
}
