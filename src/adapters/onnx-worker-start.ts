import { Worker } from 'node:worker_threads'
import { exitCounts, guardExit } from './onnx-exit-guard.js'

/** Workers are always the built file: the same address from `src/adapters` and from `dist/adapters`. */
const workerFile = new URL('../../dist/adapters/onnx-worker.js', import.meta.url)

/**
 * Of its JavaScript; models and pictures lie outside. A job that eats more ends its worker, and not the process. What is young is
 * small, as a run leaves little behind: without a bound its room grows by megabytes after some thousand runs, and stays.
 */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 3 }

/** A worker that has no model yet: it imports ONNX Runtime, which counts as a call under way. */
export type StartedWorker = {
  readonly worker: Worker
  /** As `exitCounts` has them. The main thread adds a call before it posts it, the worker takes it away when it is done. */
  readonly callsUnderWay: Int32Array
  /** Whoever takes it holds the end of the process back from then on, by the name of its model. */
  readonly letGo: () => void
}

let spare: StartedWorker | null = null

/** Starts a worker; it does not hold the process open while it has nothing to do. */
export function startOnnxWorker(): StartedWorker {
  // Since 1.29 ONNX Runtime tells its makers which models run, and leaves an identifier and a log on the disk: not here.
  // It reads this once, by getenv, which does not see what a worker writes into its own copy of the environment.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const callsUnderWay = new Int32Array(new SharedArrayBuffer(exitCounts.length * Int32Array.BYTES_PER_ELEMENT))
  Atomics.store(callsUnderWay, 0, 1)
  const worker = new Worker(workerFile, { workerData: callsUnderWay.buffer, execArgv: [], resourceLimits })
  const letGo = guardExit(callsUnderWay, () => 'in a worker')
  const started = { worker, callsUnderWay, letGo }
  worker.once('exit', letGo)
  // Whoever takes it hears of its errors; a spare one that fails is only missing.
  worker.on('error', () => undefined)
  worker.unref()
  return started
}

/** Leaves a started worker for the next model that is loaded. */
export function offerOnnxWorker(started: StartedWorker): void {
  spare = started
}

/** The worker that was left, or a new one where it has ended meanwhile: it would never answer, and tells its end once. */
export function takeOnnxWorker(): StartedWorker {
  const hasEnded = spare?.worker.threadId === -1
  const started = spare === null || hasEnded ? startOnnxWorker() : spare
  spare = null
  started.letGo()
  return started
}

/** Ends the worker that was left, if nobody took it. */
export function endSpareOnnxWorker(): void {
  if (spare === null) return
  Atomics.add(spare.callsUnderWay, 0, 1)
  spare.worker.postMessage({ kind: 'close' })
  spare = null
}
