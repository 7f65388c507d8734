import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { job as silero, type SileroInput } from '../../src/audio/silero.js'
import { manifestOfModel } from '../../src/adapters/model-files.js'
import type { SharedPixels } from '../../src/core/frame.js'
import type { FitJob, InferenceJob, LoadModel, ModelSpec, TensorLike } from '../../src/core/inference.js'
import { checksum } from '../../src/testing/value-text.js'
import { job as blazeface, type BlazefaceInput } from '../../src/vision/blazeface.js'
import { fitJob as fitPose, type PoseSetup } from '../../src/vision/movenet.js'
import { fitJob as fitObjects, type ObjectsSetup } from '../../src/vision/objects.js'

const data = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/${name}.json`, import.meta.url), 'utf8'))

/** What scripts/record-answers.mjs wrote. */
export const faces = z
  .array(z.object({ frame: z.number(), anchors: z.array(z.array(z.number()).length(18)) }))
  .parse(data('blazeface-answers'))
const voices = z
  .array(z.object({ window: z.number(), probability: z.number(), state: z.array(z.number()).length(256) }))
  .parse(data('silero-answers'))

const things = z
  .array(z.object({ frame: z.number(), answer: z.array(z.array(z.number()).length(8)) }))
  .parse(data('yolox-nano-answers'))
const poses = z
  .array(z.object({ frame: z.number(), answer: z.array(z.number()).length(51) }))
  .parse(data('movenet-lightning-answers'))

type Tensors = Readonly<Record<string, TensorLike>>

const float = (dims: readonly number[], numbers = new Float32Array(dims.reduce((a, b) => a * b, 1))): TensorLike => {
  return { type: 'float32', dims, data: numbers }
}

/** The output of the face model on a picture: what was left out was nothing like a face. */
export function faceTensors({ anchors }: (typeof faces)[number]): Tensors {
  const logits = new Float32Array(896).fill(-100)
  const values = new Float32Array(896 * 16)
  for (const [anchor = 0, logit = 0, ...rest] of anchors) {
    logits[anchor] = logit
    values.set(rest, anchor * 16)
  }
  return {
    'Identity:0': float([1, 512, 1], logits.slice(0, 512)),
    'Identity_1:0': float([1, 384, 1], logits.slice(512)),
    'Identity_2:0': float([1, 512, 16], values.slice(0, 512 * 16)),
    'Identity_3:0': float([1, 384, 16], values.slice(512 * 16)),
  }
}

const voiceTensors = ({ probability, state }: (typeof voices)[number]): Tensors => ({
  output: float([1, 1], Float32Array.of(probability)),
  stateN: float([2, 1, 128], Float32Array.from(state)),
})

/** The output of YOLOX-Nano on a picture: what was left out was nothing. */
function thingTensors({ answer }: (typeof things)[number]): Tensors {
  const rows = new Float32Array(3549 * 85)
  for (const [cell = 0, x = 0, y = 0, width = 0, height = 0, objectness = 0, kind = 0, score = 0] of answer) {
    rows.set([x, y, width, height, objectness], cell * 85)
    rows[cell * 85 + 5 + kind] = score
  }
  return { output: float([1, 3549, 85], rows) }
}

const poseTensors = ({ answer }: (typeof poses)[number]): Tensors => ({
  Identity: float([1, 1, 17, 3], Float32Array.from(answer)),
})

/** The same input has the same answer. */
function pick<T>(all: readonly T[], numbers: ArrayLike<number>): T {
  return all[parseInt(checksum(numbers), 16) % all.length] as T
}

function replay<In, Out>(job: InferenceJob<In, Out>, answer: (input: In) => Tensors): (input: In) => Promise<Out> {
  return (input) => {
    try {
      return Promise.resolve(job.finish(answer(input), input))
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

const firstRow = ({ picture }: { readonly picture: SharedPixels }): Uint8Array =>
  new Uint8Array(picture.buffer, picture.byteOffset, picture.widthPx)

/** A job that is fitted to its model, by what the model's manifest tells. */
function fitted<Setup, In, Out>(fit: FitJob<Setup, In, Out>, setup: Setup, name: string): InferenceJob<In, Out> {
  const manifest = manifestOfModel(name)
  const job = fit(setup, { name, inputs: manifest?.inputs ?? [], outputs: manifest?.outputs ?? [] })
  if ('finish' in job) return job
  throw new Error(job.join())
}

type Replay = (spec: ModelSpec) => unknown
const models: Readonly<Record<string, Replay>> = {
  'vision/blazeface': () => replay(blazeface, (input: BlazefaceInput) => faceTensors(pick(faces, firstRow(input)))),
  'audio/silero': () =>
    replay(silero, ({ samples, state }: SileroInput) =>
      voiceTensors(pick(voices, [...samples.subarray(0, 64), ...state.subarray(0, 8)])),
    ),
  'vision/objects': ({ name, setup }) => {
    const answers = things.map(thingTensors)
    return replay(fitted(fitObjects, setup as ObjectsSetup, name), (input) => pick(answers, firstRow(input)))
  },
  'vision/movenet': ({ name, setup }) =>
    replay(fitted(fitPose, setup as PoseSetup, name), (input) => poseTensors(pick(poses, firstRow(input)))),
}

/**
 * The models of the package with answers that were recorded: what comes before and after the model is the real code, and the
 * answer follows from the input alone. Another model is refused.
 */
export const recordedModels: LoadModel = (spec) => {
  const known = Object.entries(models).find(([name]) => spec.job.href.endsWith(`${name}.js`))
  if (known === undefined) return Promise.reject(new Error(`nothing was recorded of ${spec.job.href}`))
  return Promise.resolve({
    provider: 'recorded',
    run: known[1](spec) as (input: unknown) => Promise<never>,
    close: () => Promise.resolve(),
  })
}
