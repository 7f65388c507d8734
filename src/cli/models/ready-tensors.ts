import type { Tensors } from '../../adapters/onnx-bare-run.js'
import { SaccadeError } from '../../core/errors.js'
import type { ModelFacts, ModelTensor, TensorLike } from '../../core/inference.js'
import { createRandom } from '../../core/random.js'
import { type SizePx, size } from '../../core/units.js'
import type { NamedModel } from './known.js'
import { noisePicture, pictureJobOf, soundTensors, stageFactsOf } from './stage-job.js'

/** What goes into a model to measure it, and what that is in words. */
export type Ready = { readonly tensors: Tensors; readonly what: string }

/**
 * Tensors that a model takes: what its stage makes of noise, where the manifest says which stage that is, else numbers made up.
 *
 * @param sizePx of pictures, where the model takes any
 * @throws SaccadeError `model` where none can be made up, `usage` where the size of its pictures is open
 */
export function readyTensors({ name, manifest }: NamedModel, model: ModelFacts, sizePx: SizePx | null): Ready {
  if (manifest?.decoder === 'silero') return { tensors: soundTensors(), what: '32 ms of noise' }
  const job = manifest === null ? [] : pictureJobOf(stageFactsOf(manifest, sizePx), model)
  if ('prepare' in job) {
    const [width, height] = job.sizePx
    const what = `a picture of noise, ${String(width)}x${String(height)}, as its stage gives it`
    return { tensors: job.prepare(noisePicture(job.sizePx)), what }
  }
  const next = createRandom(1, name)
  const tensors = Object.fromEntries(model.inputs.map((input) => [input.name, madeUp(name, input, sizePx, next)]))
  return { tensors, what: 'numbers made up between 0 and 1' }
}

/** `--size 640x640`. @throws SaccadeError `usage` */
export function sizeOf(text: string | undefined): SizePx | null {
  if (text === undefined) return null
  const read = size().safeParse(text)
  if (read.success) return read.data
  throw new SaccadeError(`--size: ${read.error.issues[0]?.message ?? 'is no size'}`, {
    code: 'usage',
    remedy: 'write it as width x height in px: --size 640x640',
  })
}

function madeUp(model: string, input: ModelTensor, sizePx: SizePx | null, next: () => number): TensorLike {
  const { name, type } = input
  const dims = settled(model, input, sizePx)
  const length = dims.reduce((all, one) => all * one, 1)
  if (type === 'float32') return { type, dims, data: Float32Array.from({ length }, next) }
  if (type === 'uint8') return { type, dims, data: Uint8Array.from({ length }, () => 256 * next()) }
  if (type === 'int32') return { type, dims, data: new Int32Array(length) }
  if (type === 'int64') return { type, dims, data: new BigInt64Array(length) }
  throw new SaccadeError(`cannot make up what model ${model} takes: its input ${name} is ${type}`, {
    code: 'model',
    remedy: 'only float32, int32, int64 and uint8 can be made up',
  })
}

/** Sizes that are left open are 1, but for those of a picture. */
function settled(model: string, { name, dims }: ModelTensor, sizePx: SizePx | null): readonly number[] {
  const isPicture = dims.length === 4 && (dims[1] === 3 || dims[3] === 3)
  const [heightAt, widthAt] = dims[1] === 3 ? [2, 3] : [1, 2]
  const isOpen = isPicture && ((dims[heightAt] ?? null) === null || (dims[widthAt] ?? null) === null)
  if (isOpen && sizePx === null) {
    throw new SaccadeError(`cannot make up a picture for model ${model}: its input ${name} takes any size`, {
      code: 'usage',
      remedy: 'say which: --size 640x640',
    })
  }
  return dims.map((one, at) => one ?? (isOpen && at === heightAt ? sizePx?.[1] : at === widthAt && isOpen ? sizePx?.[0] : 1) ?? 1)
}
