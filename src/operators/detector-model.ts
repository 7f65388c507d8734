import type { Adapters } from '../core/adapters.js'
import { SaccadeError } from '../core/errors.js'
import type { Frame, SharedPixels } from '../core/frame.js'
import { holdModel, type ModelHow } from '../core/hold-model.js'
import type { JobInput } from '../core/inference.js'
import { Memo } from '../core/memo.js'
import type { ModelManifest } from '../core/model-manifest.js'
import type { Detections } from '../core/ports.js'
import type { OptionProblem, StageContext } from '../core/stage.js'
import type { SizePx } from '../core/units.js'
import { pictureKey } from '../vision/picture-key.js'

type MemoSettings = { readonly memo: number; readonly memoFor: number }

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

/** What a stage runs: version and setup of its model, and the size that its picture is scaled to, where that is known. */
export type ChosenModel<Setup> = {
  readonly version: string
  readonly setup: Setup
  readonly sizePx: SizePx | null
}

type DetectorFacts<Settings, Setup, In> = {
  /** What it finds, in words: `objects`. */
  readonly what: string
  /** The built module that runs around the model: `vision/objects`. */
  readonly job: string
  /** The model that the options name, or what is wrong with them. */
  readonly choose: (settings: Settings, adapters: Adapters) => ChosenModel<Setup> | OptionProblem
  /** What goes to the job beside the picture. */
  readonly input: (settings: Settings) => Omit<In, 'picture'>
}

/** What all detectors have in common: `check`, `reads` and `work` of their definitions. */
export function detectorOf<
  Settings extends ModelHow & MemoSettings & { readonly model: string },
  Setup,
  In extends object,
>({ what, job, choose, input }: DetectorFacts<Settings, Setup, In>) {
  return {
    check: (settings: Settings, adapters: Adapters): Promise<OptionProblem | null> => {
      const chosen = choose(settings, adapters)
      return Promise.resolve(isProblem(chosen) ? chosen : null)
    },
    reads: (settings: Settings, adapters: Adapters) => {
      const chosen = choose(settings, adapters)
      const formats = ['yuv420p', 'rgb24'] as const
      return { picture: { formats, fitPx: isProblem(chosen) ? null : chosen.sizePx } }
    },
    infers: true,
    work: (settings: Settings, context: StageContext) => {
      const { runtime, name } = context
      const { model } = settings
      const chosen = choose(settings, runtime.adapters)
      if (isProblem(chosen)) {
        const { text, remedy } = chosen
        throw new SaccadeError(`cannot find ${what} with ${model}: ${text}`, { code: 'config', stage: name, remedy })
      }
      const { version, setup } = chosen
      const { run, by, open, close } = holdModel<JobInput, Detections>(context, {
        ...settings,
        ...{ name: model, version, job, setup },
      })
      const more = input(settings)
      const detect = async (picture: SharedPixels): Promise<Detections> => ({
        ...(await run({ ...more, picture })),
        by: by(),
      })
      // The very same picture costs no run (M1–M3).
      const known = new Memo<Detections>({ keep: settings.memo, forMs: settings.memoFor }, context)
      const work = ({ pixels }: Frame): Promise<Detections> =>
        known.run(
          () => pictureKey(pixels),
          () => detect(pixels),
        )
      return Object.assign(work, { open, close })
    },
  }
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
