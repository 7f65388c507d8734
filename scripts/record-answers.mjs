// Records what the models of the package answer on some pictures and some sound of the demo, for the tests that replay it.
// Of the face model only the anchors that are worth a look are kept. Build first (npm run build).
//   node scripts/record-answers.mjs
import { writeFileSync } from 'node:fs'
import ort from 'onnxruntime-node'
import { concatMap, filter, firstValueFrom, from, map, take, toArray } from 'rxjs'
import { fileURLToPath } from 'node:url'
import { fileOfModel, manifestOfModel } from '../dist/adapters/model-files.js'
import { job as silero } from '../dist/audio/silero.js'
import { Runtime } from '../dist/index.js'
import { media } from '../dist/streams/index.js'
import { job as blazeface } from '../dist/vision/blazeface.js'
import { cocoLabels } from '../dist/vision/coco-labels.js'
import { fitJob as fitPose } from '../dist/vision/movenet.js'
import { fitJob as fitObjects } from '../dist/vision/objects.js'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const runtime = new Runtime()
const rounded = (numbers) => Array.from(numbers, (number) => Number(number.toPrecision(5)))
const write = (name, answers) => {
  writeFileSync(at(`tests/data/${name}.json`), `[\n${answers.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`)
}

/** The job's own tensors through a session in this thread. */
async function open(file, job) {
  const session = await ort.InferenceSession.create(file)
  return async (input) => {
    const feeds = Object.entries(job.prepare(input)).map(([name, { type, data, dims }]) => [
      name,
      new ort.Tensor(type, data, dims),
    ])
    return session.run(Object.fromEntries(feeds))
  }
}

/** Which pictures of the clip: two faces, and one of the first. */
const pictures = [0, 40, 90]
const findFaces = await open(at('models/blazeface-256.onnx'), blazeface)
const { video$ } = runtime.run(() => media({ open: 'demo:demo.mp4', pace: 'fast' }))
const faces = await firstValueFrom(
  video$.pipe(
    filter(({ seq }) => pictures.includes(seq)),
    take(pictures.length),
    concatMap(({ seq, value }) => {
      const frame = value.own()
      return from(
        findFaces({ picture: frame.pixels, minScore: 0.5 }).then((outputs) => ({
          frame: seq,
          anchors: anchorsOf(outputs),
        })),
      )
    }),
    toArray(),
  ),
)
write('blazeface-answers', faces)

/** `[anchor, logit, 16 values]` of what is at least a little like a face. */
function anchorsOf(outputs) {
  const [near, far] = [outputs['Identity:0'].data, outputs['Identity_1:0'].data]
  const values = [outputs['Identity_2:0'].data, outputs['Identity_3:0'].data]
  return [...near, ...far].flatMap((logit, anchor) => {
    if (logit < -2) return []
    const [which, index] = anchor < near.length ? [0, anchor] : [1, anchor - near.length]
    return [[anchor, ...rounded([logit]), ...rounded(values[which].slice(index * 16, index * 16 + 16))]]
  })
}

// Detectors that the project does not carry: where they are not found, what was recorded of them stays.
for (const [name, fitJob, input, answersOf] of [
  ['yolox-nano', fitObjects, { minScore: 0.3, maxOverlap: 0.45, only: [] }, cellsOf],
  ['movenet-lightning', fitPose, { minScore: 0.3 }, ({ Identity }) => rounded(Identity.data)],
]) {
  const manifest = manifestOfModel(name)
  const { inputs, outputs, decoder } = manifest
  const labels = manifest.labels === undefined ? [] : cocoLabels
  const job = fitJob({ picture: inputs[0].picture, sizePx: null, decoder, labels }, { name, inputs, outputs })
  try {
    const find = await open(fileURLToPath(fileOfModel(name)), job)
    const frames = await ownFrames()
    const answers = []
    for (const { seq, frame } of frames)
      answers.push({ frame: seq, answer: answersOf(await find({ ...input, picture: frame.pixels })) })
    write(`${name}-answers`, answers)
  } catch (error) {
    if (error.code !== 'missing') throw error
    console.warn(`skipped: ${error.message}`)
  }
}

async function ownFrames() {
  const { video$ } = runtime.run(() => media({ open: 'demo:demo.mp4', pace: 'fast' }))
  const own$ = video$.pipe(
    filter(({ seq }) => pictures.includes(seq)),
    take(pictures.length),
    map(({ seq, value }) => ({ seq, frame: value.own() })),
    toArray(),
  )
  return firstValueFrom(own$)
}

/** `[cell, x, y, w, h, objectness, class, its score]` of what is at least a little like something. */
function cellsOf({ output: { data } }) {
  return Array.from({ length: data.length / 85 }, (_, cell) => data.slice(cell * 85, cell * 85 + 85)).flatMap(
    (row, cell) => {
      if (row[4] < 0.1) return []
      const scores = row.slice(5)
      const best = scores.indexOf(Math.max(...scores))
      return [[cell, ...rounded(row.slice(0, 5)), best, ...rounded([scores[best]])]]
    },
  )
}

/** From the fourth second on, where someone speaks. */
const [firstChunk, chunks] = [200, 64]
const hear = await open(at('models/silero-vad-v5.onnx'), silero)
const { audio$ } = runtime.run(() => media({ open: 'demo:demo.mp4', pace: 'fast' }))
const sound = await firstValueFrom(
  audio$.pipe(
    filter(({ seq }) => seq >= firstChunk),
    take(chunks),
    toArray(),
  ),
)
const samples = Float32Array.from(sound.flatMap(({ value }) => [...value.samples]))
let [context, state] = [new Float32Array(64), new Float32Array(256)]
const voices = []
for (let from = 0; from + 512 <= samples.length; from += 512) {
  const window = samples.slice(from, from + 512)
  const outputs = await hear({ samples: window, context, state })
  state = Float32Array.from(outputs.stateN.data)
  context = window.slice(448)
  // Every fifth is enough: what comes between is much like it.
  if ((from / 512) % 5 === 0)
    voices.push({ window: from / 512, probability: rounded(outputs.output.data)[0], state: rounded(state) })
}
write('silero-answers', voices)
await runtime.closed()
