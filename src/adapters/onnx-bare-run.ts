import type { FitJob, TensorLike } from '../core/inference.js'

export type Tensors = Readonly<Record<string, TensorLike>>

/** Tensors that go in as they are; none: those of the last run once more. `answer`: what came out is wanted. */
export type BareInput = { readonly tensors?: Tensors; readonly answer?: boolean }

/** How long `session.run` took, and what came out, where that was wanted. */
export type BareResult = { readonly tookMs: number; readonly outputs: Tensors | null }

/** The tensors of the first run. */
export type BareSetup = { readonly tensors: Tensors }

const types: readonly string[] = ['float32', 'int64', 'int32', 'uint8'] satisfies TensorLike['type'][]

/** Nothing around `session.run` but a look at the clock: the tensors are ready before it. */
export const fitJob: FitJob<BareSetup, BareInput, BareResult> = (setup, { inputs, outputs }) => {
  const problems = [
    ...inputs.filter(({ name }) => setup.tensors[name] === undefined).map(({ name }) => `input ${name} is not given`),
    ...outputs.filter(({ type }) => !types.includes(type)).map(({ name, type }) => `output ${name} is ${type}`),
  ]
  if (problems.length > 0) return problems
  let ready = setup.tensors
  let begunAtMs = 0
  return {
    inputs: Object.entries(ready).map(([name, { type, dims }]) => ({ name, type, dims })),
    // Their types were just looked at.
    outputs: outputs.map(({ name, type, dims }) => ({ name, type: type as TensorLike['type'], dims })),
    example: () => ({}),
    prepare: ({ tensors }) => {
      ready = tensors ?? ready
      begunAtMs = performance.now()
      return ready
    },
    finish: (found, { answer = false }) => {
      const tookMs = performance.now() - begunAtMs
      return {
        tookMs,
        outputs: answer
          ? copied(
              found,
              outputs.map(({ name }) => name),
            )
          : null,
      }
    },
  }
}

/** Plain numbers that can cross to another thread; a tensor of ONNX Runtime cannot. */
function copied(found: Tensors, names: readonly string[]): Tensors {
  return Object.fromEntries(
    names.flatMap((name) => {
      const tensor = found[name]
      return tensor === undefined
        ? []
        : [[name, { type: tensor.type, dims: [...tensor.dims], data: tensor.data.slice() }] as const]
    }),
  )
}
