import type { Model, ModelSpec } from './inference.js'
import type { Runtime } from './runtime.js'

/** A stage's own share of a model, from the moment its pipe is subscribed to until that ends. */
export type HeldModel<In, Out> = {
  readonly run: (input: In) => Promise<Out>
  /** What is told with each result (I3). */
  readonly by: () => { readonly model: string; readonly version: string; readonly provider: string }
  readonly open: () => Promise<void>
  /** Gives the share back, also while the model is still loading. */
  readonly close: () => Promise<void>
}

type Held = { readonly name: string; readonly version: string; readonly job: string; readonly setup?: unknown }

/**
 * Loads a model for a `work` stage and gives it back when the stage ends.
 *
 * @param name of the package's model, or the path of a file of the user's own
 * @param job the built module that runs around it in the worker: `vision/blazeface`
 * @param setup what that module is told, where it serves models of many shapes
 */
export function holdModel<In, Out>({ adapters }: Runtime, { name, version, job, setup }: Held): HeldModel<In, Out> {
  let loading: Promise<Model<In, Out>> | null = null
  let model: Model<In, Out> | null = null
  return {
    run: (input) => {
      if (model === null) throw new Error(`model ${name} ran before it was loaded`)
      return model.run(input)
    },
    by: () => ({ model: name, version, provider: model?.provider ?? 'none' }),
    open: async () => {
      const spec: ModelSpec = { name, version, file: adapters.modelFile(name), job: adapters.jobModule(job), setup }
      loading = adapters.loadModel<In, Out>(spec)
      model = await loading
    },
    close: async () => {
      const loaded = await loading?.catch(() => null) // why it could not be loaded, `open` has said
      await loaded?.close()
    },
  }
}
