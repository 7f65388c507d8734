import type { StartedWorker } from '../adapters/onnx-worker-start.js'
import type { Signals } from './signals.js'

/** What was begun before the command was loaded; only `run` begins anything. */
export type Early = { readonly signals: Signals; readonly worker: StartedWorker }
