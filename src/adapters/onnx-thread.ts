import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { SaccadeError } from '../core/errors.js'
import type { ModelSpec } from '../core/inference.js'
import { guardExit } from './onnx-exit-guard.js'
import type { OnnxCall, OnnxReply } from './onnx-protocol.js'
import { takeOnnxWorker } from './onnx-worker-start.js'

type Waiting = {
  readonly call: OnnxCall
  readonly resolve: (value: unknown) => void
  readonly reject: (error: SaccadeError) => void
}

/**
 * A worker with one model: one call at a time, the others wait in line.
 *
 * It holds the process open only while a call is under way, and is never terminated (I4).
 */
export class OnnxThread {
  /** The first call is answered: the model is loaded and fits. Where it does not this rejects, and the worker ends by itself. */
  readonly loaded: Promise<unknown>
  /** The worker has ended, for whatever reason. */
  readonly ended: Promise<void>
  readonly #name: string
  readonly #worker: Worker
  readonly #callsUnderWay: Int32Array
  readonly #line: Waiting[] = []
  #current: Waiting | null = null
  /** Why nothing more is taken. */
  #refusal: SaccadeError | null = null

  /** Takes a worker at once; it imports ONNX Runtime and does the first call. */
  constructor(name: string, first: OnnxCall) {
    this.#name = name
    const { worker, callsUnderWay } = takeOnnxWorker()
    this.#worker = worker
    this.#callsUnderWay = callsUnderWay
    const letGo = guardExit(callsUnderWay, name)
    this.loaded = new Promise((resolve, reject) => {
      this.#line.push({ call: first, resolve, reject })
    })
    this.#worker.on('message', (reply: OnnxReply) => {
      this.#settle(reply)
    })
    this.#worker.on('error', (cause) => {
      this.#fail(`its worker failed: ${cause.message}`, cause)
    })
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#fail('its worker has ended')
        letGo()
        resolve()
      })
    })
    this.#next()
  }

  /** A worker that imports the model's job and opens its session. */
  static load({ name, file, job, setup }: ModelSpec): OnnxThread {
    return new OnnxThread(name, { kind: 'load', name, file: fileURLToPath(file), job: job.href, setup })
  }

  run(input: unknown): Promise<unknown> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal)
    return new Promise((resolve, reject) => {
      this.#line.push({ call: { kind: 'run', input }, resolve, reject })
      this.#next()
    })
  }

  /** Refuses those in line, lets the call under way finish, and resolves when the worker has ended. Never rejects. */
  close(): Promise<void> {
    if (this.#refusal === null) this.#endAfterThis('it was closed')
    return this.ended
  }

  /**
   * For a run that hangs: it fails and so do those in line, and the worker is left alone with it. Should the run come to an
   * end after all, the worker ends too.
   */
  abandon(): void {
    if (this.#refusal !== null) return
    const hanging = this.#current
    hanging?.reject(this.#endAfterThis('it takes too long and was given up'))
    this.#worker.unref()
  }

  #endAfterThis(why: string): SaccadeError {
    const refusal = this.#refuseLine(why)
    const nothing = () => undefined
    this.#line.push({ call: { kind: 'close' }, resolve: nothing, reject: nothing })
    this.#next()
    return refusal
  }

  #next(): void {
    if (this.#current !== null) return
    const next = this.#line.shift()
    if (next === undefined) {
      // While it ends it holds the process: whoever waits for the end would be left waiting for ever.
      if (this.#refusal === null) this.#worker.unref()
      return
    }
    this.#current = next
    this.#worker.ref()
    Atomics.add(this.#callsUnderWay, 0, 1)
    try {
      this.#worker.postMessage(next.call)
    } catch (cause) {
      Atomics.sub(this.#callsUnderWay, 0, 1)
      const remedy = 'give plain data, and pictures as handles on shared memory'
      this.#settle({
        kind: 'failed',
        code: 'stage',
        message: `cannot hand an item to model ${this.#name}`,
        remedy,
        cause,
      })
    }
  }

  #settle(reply: OnnxReply): void {
    const current = this.#current
    this.#current = null
    if (reply.kind === 'done') current?.resolve(reply.value)
    else current?.reject(new SaccadeError(reply.message, reply))
    this.#next()
  }

  #fail(why: string, cause?: unknown): void {
    this.#current?.reject(this.#refuseLine(why, cause))
    this.#current = null
  }

  #refuseLine(why: string, cause?: unknown): SaccadeError {
    const remedy = 'load the model again'
    this.#refusal ??= new SaccadeError(`cannot run model ${this.#name} as ${why}`, { code: 'model', remedy, cause })
    for (const { reject } of this.#line.splice(0)) reject(this.#refusal)
    return this.#refusal
  }
}
