import type { InferenceJob, ModelFacts, ModelTensor, TensorSpec } from '../core/inference.js'

type Wanted = Pick<InferenceJob<never, never>, 'inputs' | 'outputs'>
/** What a session tells of one of its inputs or outputs; only the worker knows ONNX Runtime itself. */
type Tensor =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string
      readonly isTensor: true
      readonly type: string
      readonly shape: readonly (number | string)[]
    }
type Found = { readonly inputMetadata: readonly Tensor[]; readonly outputMetadata: readonly Tensor[] }

/** What keeps a job from using a model, in one line each (I2). Outputs that the job does not ask for do not matter. */
export function misfits(job: Wanted, model: Found): string[] {
  const unknown = model.inputMetadata.filter(({ name }) => !job.inputs.some((input) => input.name === name))
  return [
    ...job.inputs.flatMap((wanted) => misfit('input', wanted, model.inputMetadata)),
    ...job.outputs.flatMap((wanted) => misfit('output', wanted, model.outputMetadata)),
    ...unknown.map((found) => `the model asks for input ${found.name}, which the stage does not give`),
  ]
}

/** What a session tells of its model, without what is no tensor. */
export function modelFacts(name: string, { inputMetadata, outputMetadata }: Found): ModelFacts {
  return { name, inputs: inputMetadata.flatMap(factsOf), outputs: outputMetadata.flatMap(factsOf) }
}

function factsOf(found: Tensor): readonly ModelTensor[] {
  if (!found.isTensor) return []
  const { name, type, shape } = found
  return [{ name, type, dims: shape.map((size) => (isFixed(size) ? size : null)) }]
}

function misfit(kind: 'input' | 'output', wanted: TensorSpec, all: readonly Tensor[]): string[] {
  const found = all.find(({ name }) => name === wanted.name)
  if (found === undefined) {
    return [`${kind} ${wanted.name} is missing: it has ${all.map(({ name }) => name).join(', ') || 'none'}`]
  }
  if (found.isTensor && found.type === wanted.type && sameShape(wanted.dims, found.shape)) return []
  const is = found.isTensor ? `${found.type} ${written(found.shape)}` : 'no tensor'
  return [`${kind} ${wanted.name} must be ${wanted.type} ${written(wanted.dims)}: it is ${is}`]
}

function sameShape(wanted: TensorSpec['dims'], found: readonly (number | string)[]): boolean {
  if (wanted.length !== found.length) return false
  return wanted.every((size, i) => size === null || !isFixed(found[i]) || size === found[i])
}

/** A size with a name, or a negative one, is settled only when the model runs. */
function isFixed(size: number | string | null | undefined): size is number {
  return typeof size === 'number' && size >= 0
}

function written(dims: readonly (number | string | null)[]): string {
  return `[${dims.map((size) => (isFixed(size) ? String(size) : '?')).join(', ')}]`
}
