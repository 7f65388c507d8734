import type { Tensors } from '../../adapters/onnx-bare-run.js'
import { SaccadeError } from '../../core/errors.js'
import type { SharedPixels } from '../../core/frame.js'
import type { ModelFacts } from '../../core/inference.js'
import type { SizePx } from '../../core/units.js'
import { fitPicture } from '../../vision/picture-tensor.js'
import type { NamedModel } from './known.js'
import { readFrames } from './read-frames.js'
import { readyTensors } from './ready-tensors.js'
import { type PictureJob, pictureJobOf, stageFactsOf } from './stage-job.js'
import { suitsOf } from './suits.js'
import type { Question } from './try-both.js'

export type QuestionWish = {
  /** Of the medium that pictures are taken from. */
  readonly address: string
  /** So many to calibrate by, and so many others to compare on. */
  readonly count: number
  readonly isStatic: boolean
  readonly sizePx: SizePx | null
}

export type Questions = {
  /** Tensors to calibrate by; none for a dynamic model. */
  readonly calibration: readonly (() => Tensors)[]
  readonly questions: readonly Question[]
  /** What they are, in words. */
  readonly what: string
}

type Feed = Pick<PictureJob, 'prepare' | 'sizePx'> & { readonly find: PictureJob['find'] | null }

/**
 * What a model is calibrated by and compared on: pictures, prepared as its stage prepares them.
 *
 * @throws SaccadeError `model` where a static model is wanted of one that takes no pictures; whatever the medium throws
 */
export async function questionsOf(named: NamedModel, facts: ModelFacts, wish: QuestionWish): Promise<Questions> {
  const { address, count, isStatic, sizePx } = wish
  const feed = feedOf(named, facts, sizePx)
  if (feed === null) {
    if (isStatic) {
      throw new SaccadeError(`cannot calibrate model ${named.name} with pictures as it takes none`, {
        code: 'model',
        remedy: 'leave --static away: a dynamic model needs no calibration',
      })
    }
    const { tensors, what } = readyTensors(named, facts, sizePx)
    return { calibration: [], questions: [{ tensors: () => tensors, find: null }], what }
  }
  const frames = await readFrames(address, isStatic ? 2 * count : count, feed.sizePx)
  // Pictures that it was not calibrated by say more; of a single one there is no other.
  const others = isStatic && frames.length > 1 ? frames.filter((_, i) => i % 2 === 1) : frames
  const calibrating = isStatic ? frames.filter((_, i) => i % 2 === 0) : []
  const { find } = feed
  const by = calibrating.length === 0 ? '' : `, calibrated by ${String(calibrating.length)} others`
  return {
    calibration: calibrating.map((picture) => () => feed.prepare(picture)),
    questions: others.map((picture) => ({
      tensors: () => feed.prepare(picture),
      find: find === null ? null : (outputs) => find(outputs, picture),
    })),
    what: `${String(others.length)} pictures of ${address}${by}`,
  }
}

/** How pictures go into a model; null where none do. What its maker has not told is as YOLO has it. */
function feedOf({ manifest }: NamedModel, facts: ModelFacts, sizePx: SizePx | null): Feed | null {
  const [suit, ...more] = manifest === null ? suitsOf(facts) : []
  const told =
    manifest !== null
      ? stageFactsOf(manifest, sizePx)
      : suit !== undefined && more.length === 0 && suit.labels !== null
        ? { decoder: suit.decoder, labels: Array.from({ length: suit.labels }, (_, k) => String(k)), picture: {}, sizePx }
        : null
  const job = told === null ? [] : pictureJobOf(told, facts)
  if ('prepare' in job) return job
  const usual = { fit: 'middle', order: 'rgb', range: [0, 1], border: 114, resize: 'linear' } as const
  const picture = fitPicture(facts, { picture: told?.picture ?? {}, sizePx }, usual)
  if (typeof picture === 'string') return null
  const { write, way } = picture
  return { prepare: (from: SharedPixels) => write(from), sizePx: [way.widthPx, way.heightPx], find: null }
}
