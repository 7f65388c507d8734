import type { SharedPixels } from './frame.js'

/** A tensor as it crosses between a job and its session: plain numbers and a shape. */
export type TensorLike = {
  readonly type: 'float32' | 'int64' | 'int32' | 'uint8'
  readonly dims: readonly number[]
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array
}

/** What a job needs of a model, checked when the model is loaded (I2): `null` in a shape is any size. */
export type TensorSpec = {
  readonly name: string
  readonly type: TensorLike['type']
  readonly dims: readonly (number | null)[]
}

/**
 * What runs in the worker around `session.run`: one pass from the input to tensors, one from tensors to a small result.
 * A module exports it by the name `job`; it is loaded by address inside the worker, so it must not know the main thread.
 * One module that serves models of many shapes exports `fitJob` instead.
 */
export type InferenceJob<In, Out> = {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** An input as they will come: run once when the model is loaded, as the first run of a session takes twice as long. */
  readonly example: () => In
  /** Writes the input into the tensors, which are allocated once and used again. Returns them by input name. */
  readonly prepare: (input: In) => Readonly<Record<string, TensorLike>>
  /** Reads the result off the outputs. The tensors must not be kept. */
  readonly finish: (outputs: Readonly<Record<string, TensorLike>>, input: In) => Out
}

/** What a model's file tells of one of its inputs or outputs; `null` is a size that is settled only when it runs. */
export type ModelTensor = { readonly name: string; readonly type: string; readonly dims: readonly (number | null)[] }

/** What a loaded model tells of itself. */
export type ModelFacts = {
  /** As the user named it. */
  readonly name: string
  readonly inputs: readonly ModelTensor[]
  readonly outputs: readonly ModelTensor[]
}

/**
 * Makes the job that suits a model, by what the model's file tells and by a setup of plain data; or says what keeps it, in
 * one line each. A module exports it by the name `fitJob` where it cannot know the model's names and shapes beforehand.
 */
export type FitJob<Setup, In, Out> = (setup: Setup, model: ModelFacts) => InferenceJob<In, Out> | readonly string[]

/** What crosses to the worker: plain data; pictures as handles on shared memory. */
export type JobInput = { readonly picture?: SharedPixels } & Readonly<Record<string, unknown>>

/** What computes: `cpu` is always there, the others where the machine and the build of ONNX Runtime have them. */
export const providers = ['cpu', 'cuda', 'tensorrt', 'dml', 'coreml', 'webgpu'] as const
export type Provider = (typeof providers)[number]

export type ModelSpec = {
  /** Name in errors and results. */
  readonly name: string
  readonly version: string
  /** File address of the .onnx file. */
  readonly file: URL
  /** Address of the built module that exports `job` or `fitJob`. */
  readonly job: URL
  /** What `fitJob` is told: plain data. */
  readonly setup?: unknown
  /** What is to run it; `cpu` unless told. Where that is not there, the processor does, and `Model.insteadOf` says so. */
  readonly provider?: Provider | undefined
  /** Of the file, where its manifest tells it: 64 hexadecimal digits. */
  readonly sha256?: string | undefined
}

/** How one run is to be treated. */
export type RunHow = {
  /** Of runs that wait for a worker, the one with the lowest number goes first; 1 unless told. */
  readonly priority?: number
  /**
   * Called when a worker takes the run up.
   *
   * @param giveUp for a run that hangs (I4): it fails with this error, its worker is left alone with it, and a fresh one takes over
   */
  readonly begun?: (giveUp: (error: Error) => void) => void
}

/** A loaded model: shared by all who load the same file, job, setup and provider, gone when the last of them closes it (I2). */
export type Model<In, Out> = {
  /** Which provider runs it: `cpu`. */
  readonly provider: string
  /** Why it is not the provider that was asked for. */
  readonly insteadOf?: string | undefined
  /** Side by side where there are several workers, else each waits its turn. Never aborts the process, whenever it is closed (I4). */
  readonly run: (input: In, how?: RunHow) => Promise<Out>
  /** How many sessions of it are open now, on workers of their own each. */
  readonly sessions?: () => number
  /**
   * This holder does not need it for now: when none of them does, its sessions are closed, and the next run opens one anew.
   *
   * @returns whether they were
   */
  readonly rest?: () => Promise<boolean>
  /** Gives this share back. What was held for it alone ends when the last is gone and the run in flight is done. */
  readonly close: () => Promise<void>
}

export type LoadModel = <In, Out>(spec: ModelSpec) => Promise<Model<In, Out>>
