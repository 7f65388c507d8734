import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { LoadModel, Model, ModelSpec } from '../core/inference.js'
import type { PoolWorker } from '../core/pool-worker.js'
import { WorkerPool } from '../core/worker-pool.js'
import type { CheckedFile, OpenedSession } from './onnx-protocol.js'
import { OnnxThread } from './onnx-thread.js'

export type Models = {
  readonly load: LoadModel
  /** How many workers there are at most. */
  readonly workers: number
  /** Closes every model, whoever holds it, and resolves when all workers have ended. */
  readonly closeAll: () => Promise<void>
}

/**
 * Models on ONNX Runtime, in a few worker threads, each on one core (I1).
 *
 * A model has one session on a worker however many stages ask for it: the same file, job, setup and provider (I2). Nothing
 * native is loaded before the first `load`.
 *
 * @throws SaccadeError `missing` where onnxruntime-node is not installed; `model` where a file is no model or does not fit its stage
 */
export function createModels(workers = 2): Models {
  const pool = new WorkerPool({
    most: workers,
    // Opening takes a core: one is left for the decoders.
    mostOpening: Math.max(1, availableParallelism() - 1),
    start: startWorker,
    soon: setImmediate,
  })
  return {
    workers,
    // The job behind the address is what gives these types their meaning; nothing of it can be checked here.
    load: <In, Out>(spec: ModelSpec) => pool.load(keyOf(spec), spec) as Promise<Model<In, Out>>,
    closeAll: () => pool.closeAll(),
  }
}

/** Files whose hash was found to be right, by path. */
const checked = new Map<string, CheckedFile & { readonly sha256: string }>()

function startWorker(): PoolWorker {
  const thread = new OnnxThread()
  const names = new Map<string, string>()
  const nameOf = (key: string): string => names.get(key) ?? key
  return {
    ended: thread.ended,
    open: async (key, { name, file, job, setup, provider = 'cpu', sha256 }) => {
      names.set(key, name)
      const path = fileURLToPath(file)
      const known = checked.get(path)
      const opened = (await thread.call(
        {
          ...{ kind: 'open', key, name, file: path, job: job.href, setup, provider, sha256 },
          checked: known?.sha256 === sha256 ? known : undefined,
        },
        name,
      )) as OpenedSession
      if (opened.checked !== null && sha256 !== undefined) checked.set(path, { ...opened.checked, sha256 })
      return opened
    },
    run: (key, input) => thread.call({ kind: 'run', key, input }, nameOf(key)),
    release: async (key) => {
      await thread.call({ kind: 'release', key }, nameOf(key)).catch(() => undefined) // it ends anyway
    },
    close: () => thread.close(),
    leave: () => {
      thread.leave()
    },
  }
}

function keyOf({ file, job, setup, provider = 'cpu', sha256 }: ModelSpec): string {
  return JSON.stringify([file.href, job.href, setup, provider, sha256])
}
