import type { ModelTensor, TensorSpec } from '../core/inference.js'
import type { Candidates } from './candidates.js'

/** Reads one kind of raw output. */
export type BoxDecoder = {
  readonly output: TensorSpec
  /**
   * Adds all boxes of wanted classes that score enough, in px of the model's picture.
   *
   * @param wanted 1 for each class that is asked for
   * @returns false where a number that had to be looked at is none: the model answers nonsense
   */
  readonly read: (output: Float32Array, minScore: number, wanted: Uint8Array, into: Candidates) => boolean
}

/** The decoder that suits one of a model's outputs, or what it would have to have. */
export type FitBoxDecoder = (
  outputs: readonly ModelTensor[],
  picture: { readonly widthPx: number; readonly heightPx: number },
  classes: number,
) => BoxDecoder | string

/** The output of these sizes, where a model has one; else what it must have, in words. */
export function findOutput(
  outputs: readonly ModelTensor[],
  dims: readonly (number | null)[],
  what: string,
): TensorSpec | string {
  const fits = ({ type, dims: has }: ModelTensor): boolean =>
    type === 'float32' &&
    has.length === dims.length &&
    dims.every((size, i) => size === null || (has[i] ?? size) === size)
  const found = outputs.find(fits)
  if (found !== undefined) return { name: found.name, type: 'float32', dims }
  const written = (sizes: readonly (number | null)[]) => `[${sizes.map((size) => String(size ?? '?')).join(', ')}]`
  const has = outputs.map(({ name, type, dims: is }) => `${name} ${type} ${written(is)}`).join(', ')
  return `an output must be float32 ${written(dims)}, ${what}: it has ${has || 'none'}`
}
