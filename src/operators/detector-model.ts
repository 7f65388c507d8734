import type { Adapters } from '../core/adapters.js'
import type { ModelManifest } from '../core/model-manifest.js'
import type { OptionProblem } from '../core/stage.js'
import type { SizePx } from '../core/units.js'

type Chosen = {
  readonly manifest: ModelManifest | null
  /** What its picture is scaled to, as far as that is known before it is loaded. */
  readonly sizePx: SizePx | null
}

/** What is known of a model that a stage is to use, by its name or path; or what is wrong with the choice. */
export function modelOf(
  { model, size }: { readonly model: string; readonly size?: SizePx },
  adapters: Adapters,
): Chosen | OptionProblem {
  const manifest = adapters.modelManifest(model)
  if (manifest === null && !model.endsWith('.onnx')) {
    return {
      option: 'model',
      text: `there is no model ${model}`,
      remedy: `write one of ${adapters.modelNames().join(', ')}, or a path that ends in .onnx`,
    }
  }
  return { manifest, sizePx: size ?? pictureSize(manifest) }
}

/** Whether a choice is refused. */
export function isProblem(chosen: object): chosen is OptionProblem {
  return 'remedy' in chosen
}

function pictureSize(manifest: ModelManifest | null): SizePx | null {
  const [input] = manifest?.inputs ?? []
  if (input?.dims.length !== 4) return null
  const [height, width] =
    input.picture?.layout === 'nhwc' ? [input.dims[1], input.dims[2]] : [input.dims[2], input.dims[3]]
  return typeof width === 'number' && typeof height === 'number' ? [width, height] : null
}
