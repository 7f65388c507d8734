import type { Clock } from './clock.js'
import { Deadlines } from './deadlines.js'
import { SaccadeError } from './errors.js'
import type { Model, ModelSpec, Provider } from './inference.js'
import { restAfter } from './rest-after.js'
import type { StageContext } from './stage.js'
import { formatMs } from './units.js'
import type { ModelState } from './wire.js'

/** A stage's own share of a model, from the moment its pipe is subscribed to until that ends. */
export type HeldModel<In, Out> = {
  readonly run: (input: In) => Promise<Out>
  /** What is told with each result (I3). */
  readonly by: () => { readonly model: string; readonly version: string; readonly provider: string }
  readonly open: () => Promise<void>
  /** Gives the share back, also while the model is still loading. */
  readonly close: () => Promise<void>
}

/** How a stage's model is treated, as its options say. */
export type ModelHow = {
  readonly provider?: Provider | undefined
  /** A run that takes longer hangs. */
  readonly hungAfter: number
  /** Without a run for so long it is let go of; never unless told. */
  readonly idle?: number | undefined
}

type Held = ModelHow & {
  readonly name: string
  readonly version: string
  readonly job: string
  readonly setup?: unknown
}

type UnderWay = { readonly begunAtMs: number; readonly giveUp: (error: Error) => void }

/**
 * Loads a model for a `work` stage and gives it back when the stage ends. Its runs go before others where the stage is urgent; one
 * that hangs is given up (I4); and a model that is not used for its `idle` time rests.
 *
 * @param name of the package's model, or the path of a file of the user's own
 * @param job the built module that runs around it in the worker: `vision/blazeface`
 * @param setup what that module is told, where it serves models of many shapes
 */
export function holdModel<In, Out>(context: StageContext, held: Held): HeldModel<In, Out> {
  const { runtime, urgent = false, name: stage } = context
  const { name, version, job, setup, provider, hungAfter, idle } = held
  const { adapters } = runtime
  const priority = urgent ? 0 : 1
  const underWay = new Set<UnderWay>()
  /** A life before this one counted already. */
  const before = runtime.models.get(stage)?.()
  let asked = 0
  let hung = before?.hung ?? 0
  let closed = false
  let failed = false
  let loading: Promise<Model<In, Out>> | null = null
  let model: Model<In, Out> | null = null

  const late = (run: UnderWay): void => {
    underWay.delete(run)
    hung++
    run.giveUp(hangs(name, hungAfter))
  }
  const deadlines = new Deadlines(hungAfter, watchOf(context), underWay, { late, done: () => undefined })
  const rests = restAfter(idle, context, name, () => model, before)

  const ended = (run: UnderWay | null): void => {
    asked--
    if (run !== null) underWay.delete(run)
    if (asked > 0) return
    if (closed) deadlines.stop()
    else rests.idle()
  }

  const state = (): ModelState => {
    const sessions = model?.sessions?.() ?? (model === null ? 0 : 1)
    const ready = rests.resting() && sessions === 0 ? 'resting' : 'ready'
    return {
      ...{ model: name, version, provider: model?.provider ?? 'none' },
      state: closed ? 'closed' : failed ? 'failed' : model === null ? 'loading' : ready,
      ...{ sessions, workers: adapters.modelWorkers },
      ...{ hung, reloads: rests.reloads(), reloadMs: rests.reloadMs() },
    }
  }

  return {
    run: (input) => {
      if (model === null) throw new Error(`model ${name} ran before it was loaded`)
      let run: UnderWay | null = null
      asked++
      rests.busy()
      const begun = (giveUp: (error: Error) => void): void => {
        rests.begun()
        run = { begunAtMs: watchOf(context).nowMs(), giveUp }
        underWay.add(run)
        deadlines.watch()
      }
      return model.run(input, { priority, begun }).finally(() => {
        ended(run)
      })
    },
    by: () => ({ model: name, version, provider: model?.provider ?? 'none' }),
    open: async () => {
      runtime.models.set(stage, state)
      try {
        const sha256 = adapters.modelManifest(name)?.sha256
        const [file, module] = [adapters.modelFile(name), adapters.jobModule(job)]
        const spec: ModelSpec = { name, version, file, job: module, setup, provider, sha256 }
        loading = adapters.loadModel<In, Out>(spec)
        model = await loading
      } catch (error) {
        failed = true
        throw error
      }
      if (model.insteadOf !== undefined)
        runtime.tellOnce('warning', `${stage}: model ${name} runs on ${model.provider}, as ${model.insteadOf}`)
      if (!closed) rests.idle()
    },
    close: async () => {
      closed = true
      rests.stop()
      if (asked === 0) deadlines.stop()
      const loaded = await loading?.catch(() => null) // why it could not be loaded, `open` has said
      await loaded?.close()
    },
  }
}

/** What hangs is real, and virtual time stands still meanwhile: then the machine's own clock tells. */
function watchOf({ runtime }: StageContext): Clock {
  return runtime.clock.virtual ? runtime.adapters.clock : runtime.clock
}

function hangs(name: string, afterMs: number): SaccadeError {
  return new SaccadeError(`model ${name} has been running for ${formatMs(afterMs)} and was given up`, {
    code: 'model',
    remedy: 'raise hungAfter where it may take that long; onError: restart or skip goes on with a fresh worker',
  })
}
