import type { Worker } from 'node:worker_threads'
import { SaccadeError } from '../core/errors.js'
import { guardExit } from './onnx-exit-guard.js'
import type { OnnxCall, OnnxReply } from './onnx-protocol.js'
import { takeOnnxWorker } from './onnx-worker-start.js'

type Waiting = {
  readonly call: OnnxCall
  /** Of the model that the call is about, in errors. */
  readonly name: string
  readonly resolve: (value: unknown) => void
  readonly reject: (error: SaccadeError) => void
}

/**
 * A worker with sessions of models: one call at a time, the others wait in line.
 *
 * It holds the process open only while a call is under way, and is never terminated (I4).
 */
export class OnnxThread {
  /** The worker has ended or failed, for whatever reason; known before what it was at is rejected. */
  readonly ended: Promise<void>
  readonly #worker: Worker
  readonly #callsUnderWay: Int32Array
  readonly #line: Waiting[] = []
  #current: Waiting | null = null
  /** Why nothing more is taken. */
  #why: string | null = null
  #cause: unknown = undefined

  /** Takes a worker at once; it imports ONNX Runtime. */
  constructor() {
    const { worker, callsUnderWay } = takeOnnxWorker()
    this.#worker = worker
    this.#callsUnderWay = callsUnderWay
    const letGo = guardExit(callsUnderWay, () => this.#current?.name ?? 'in a worker')
    this.#worker.on('message', (reply: OnnxReply) => {
      this.#settle(reply)
    })
    this.ended = new Promise((resolve) => {
      // A turn or more before it exits: nobody may give it anything meanwhile.
      this.#worker.on('error', (cause) => {
        resolve()
        this.#fail(`its worker failed: ${cause.message}`, cause)
      })
      this.#worker.on('exit', () => {
        letGo()
        resolve()
        this.#fail('its worker has ended')
      })
    })
    this.#next()
  }

  /** Has a call done, after those before it. */
  call(call: OnnxCall, name: string): Promise<unknown> {
    if (this.#why !== null) return Promise.reject(this.#refusal(name))
    return new Promise((resolve, reject) => {
      this.#line.push({ call, name, resolve, reject })
      this.#next()
    })
  }

  /** Refuses those in line, lets the call under way finish, and resolves when the worker has ended. Never rejects. */
  close(): Promise<void> {
    if (this.#why === null) this.#endAfterThis('it was closed')
    return this.ended
  }

  /**
   * For a run that hangs: it fails and so do those in line, and the worker is left alone with it. Should the run come to an
   * end after all, the worker ends too.
   */
  leave(): void {
    if (this.#why === null) this.#endAfterThis('it takes too long and was given up')
    this.#current?.reject(this.#refusal(this.#current.name))
    this.#worker.unref()
  }

  #endAfterThis(why: string): void {
    this.#refuseLine(why)
    const nothing = () => undefined
    this.#line.push({ call: { kind: 'close' }, name: 'in a worker', resolve: nothing, reject: nothing })
    this.#next()
  }

  #next(): void {
    if (this.#current !== null) return
    const next = this.#line.shift()
    if (next === undefined) {
      // While it ends it holds the process: whoever waits for the end would be left waiting for ever.
      if (this.#why === null) this.#worker.unref()
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
      const message = `cannot hand an item to model ${next.name}`
      this.#settle({ kind: 'failed', code: 'stage', message, remedy, cause })
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
    this.#refuseLine(why, cause)
    this.#current?.reject(this.#refusal(this.#current.name))
    this.#current = null
  }

  #refuseLine(why: string, cause?: unknown): void {
    if (this.#why === null) this.#cause = cause
    this.#why ??= why
    for (const { name, reject } of this.#line.splice(0)) reject(this.#refusal(name))
  }

  #refusal(name: string): SaccadeError {
    const remedy = 'let the stage go on with onError: skip or restart: the next run is given to a fresh worker'
    const [why, cause] = [this.#why ?? 'it was closed', this.#cause]
    return new SaccadeError(`cannot run model ${name} as ${why}`, { code: 'model', remedy, cause })
  }
}
