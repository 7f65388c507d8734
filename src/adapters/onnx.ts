import { availableParallelism } from 'node:os'
import { SaccadeError } from '../core/errors.js'
import type { LoadModel, Model, ModelSpec } from '../core/inference.js'
import { OnnxThread } from './onnx-thread.js'

export type Models = {
  readonly load: LoadModel
  /**
   * For a run that hangs (I4): all who hold the model fail, its worker is left alone, and the next `load` starts a fresh one.
   * Who decides that a run hangs has the clock; there is none here.
   */
  readonly abandon: (spec: ModelSpec) => void
  /** Closes every model, whoever holds it, and resolves when all workers have ended. */
  readonly closeAll: () => Promise<void>
}

type Shared = { readonly thread: OnnxThread; holders: number }

/**
 * Models on ONNX Runtime, each in a worker thread of its own, on one core (I1).
 *
 * A model is loaded once however many stages ask for it: the same file, job and setup share one worker (I2), which ends when the
 * last of them closes it. Nothing native is loaded before the first `load`.
 *
 * @throws SaccadeError `missing` where onnxruntime-node is not installed; `model` where a file is no model or does not fit its stage
 */
export function createModels(): Models {
  const shared = new Map<string, Shared>()
  const running = new Set<OnnxThread>()

  // Loading takes a core: in the order asked for, with one left for the decoders, so that what was asked for first is ready first.
  const inTurn = createTurns(Math.max(1, availableParallelism() - 1))

  const start = (spec: ModelSpec, key: string): Shared => {
    const one: Shared = { thread: OnnxThread.load(spec), holders: 0 }
    running.add(one.thread)
    shared.set(key, one)
    void one.thread.ended.then(() => {
      running.delete(one.thread)
      forget(key, one)
    })
    return one
  }
  /** Whoever loads from now on gets a fresh worker. */
  const forget = (key: string, one: Shared) => {
    if (shared.get(key) === one) shared.delete(key)
  }

  const abandon = (spec: ModelSpec) => {
    const key = keyOf(spec)
    const one = shared.get(key)
    if (one === undefined) return
    forget(key, one)
    running.delete(one.thread)
    one.thread.abandon()
  }

  const load = async <In, Out>(spec: ModelSpec): Promise<Model<In, Out>> => {
    const key = keyOf(spec)
    const one = await inTurn(async () => {
      const known = shared.get(key) ?? start(spec, key)
      known.holders++
      try {
        await known.thread.loaded
      } catch (error) {
        forget(key, known)
        throw error
      }
      return known
    })
    let closed: Promise<void> | null = null
    const close = async (): Promise<void> => {
      one.holders--
      if (one.holders > 0) return
      forget(key, one)
      // A worker that was given up may never end: nobody waits for it.
      if (running.has(one.thread)) await one.thread.close()
    }
    return {
      provider: 'cpu',
      // The job behind the address is what gives these types their meaning; nothing of it can be checked here.
      run: (input) =>
        closed === null ? (one.thread.run(input) as Promise<Out>) : Promise.reject(givenBack(spec.name)),
      close: () => (closed ??= close()),
    }
  }

  const closeAll = async (): Promise<void> => {
    shared.clear()
    await Promise.all([...running].map((thread) => thread.close()))
  }
  return { load, abandon, closeAll }
}

/** Lets so many work at once; the others wait in line. */
function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most
  const line: (() => void)[] = []
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => line.push(resolve))
    else free--
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

function keyOf({ file, job, setup }: ModelSpec): string {
  return JSON.stringify([file.href, job.href, setup])
}

function givenBack(name: string): SaccadeError {
  return new SaccadeError(`cannot run model ${name} after it was closed`, {
    code: 'model',
    remedy: 'close the model when its last run was asked for, or load it again',
  })
}
