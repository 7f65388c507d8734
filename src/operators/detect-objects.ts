import { z } from 'zod'
import type { Adapters } from '../core/adapters.js'
import { defineOperator } from '../core/define.js'
import { detectionsPort, picturePort } from '../core/ports.js'
import type { OptionProblem } from '../core/stage.js'
import { size } from '../core/units.js'
import { cocoLabels } from '../vision/coco-labels.js'
import type { BoxDecoderName, ObjectsInput, ObjectsSetup } from '../vision/objects.js'
import { type ChosenModel, detectorOf, isProblem, modelOf } from './detector-model.js'
import { memoWords, modelWords } from './model-options.js'

const decoders = ['yolox', 'yolov8', 'nms-inside'] as const satisfies readonly BoxDecoderName[]
const ownWords = ['decoder', 'labels', 'size'] as const

const options = z
  .strictObject({
    model: z.string().default('yolox-nano').describe('a model by its name, or the path of an .onnx file of your own'),
    only: z.array(z.string()).default([]).describe('labels that are looked for; none means all'),
    minScore: z.number().min(0).max(1).default(0.35).describe('lowest score, 0 to 1'),
    maxOverlap: z
      .number()
      .min(0)
      .max(1)
      .default(0.45)
      .describe('of two things of a label that overlap more (intersection over union), the better one is left'),
    decoder: z.enum(decoders).exactOptional().describe('of a file of your own: how its output is read'),
    labels: z
      .union([z.literal('coco-80'), z.array(z.string().min(1)).min(1)])
      .exactOptional()
      .describe('of a file of your own: names of its classes, in its order, or coco-80'),
    size: size().exactOptional().describe('of a file of your own that takes any size: width x height in px'),
    ...modelWords,
    ...memoWords,
  })
  .check(({ value, issues }) => {
    for (const word of ownWords) {
      if (value[word] === undefined || value.model.endsWith('.onnx')) continue
      const message = `${word} is for a file of your own (model: ./mine.onnx): ${value.model} brings it along`
      issues.push({ code: 'custom', message, path: [word], input: value[word] })
    }
  })

type Settings = z.output<typeof options>
/** The model that the options name, with how it is fed and read: its manifest's word, unless the options have their own. */
function choose(settings: Settings, adapters: Adapters): ChosenModel<ObjectsSetup> | OptionProblem {
  const chosen = modelOf(settings, adapters)
  if (isProblem(chosen)) return chosen
  const { manifest, sizePx } = chosen
  const { model, only } = settings
  const decoder = decoders.find((name) => name === (settings.decoder ?? manifest?.decoder))
  if (decoder === undefined) {
    const text = manifest === null ? `what ${model} gives is not known` : `${model} is no detector of objects`
    return {
      option: 'model',
      text,
      remedy: `write decoder: ${decoders.join(', ')} (whichever it is), or name another model`,
    }
  }
  const named = settings.labels ?? manifest?.labels
  if (named === undefined) {
    const remedy = 'write labels: coco-80, or labels: [cat, dog] in its order'
    return { option: 'model', text: `the classes of ${model} have no names`, remedy }
  }
  const labels = named === 'coco-80' ? cocoLabels : named
  const unknown = only.filter((label) => !labels.includes(label))
  if (unknown.length > 0) {
    const text = `${model} does not know ${unknown.join(', ')}`
    return { option: 'only', text, remedy: `write some of: ${labels.join(', ')}` }
  }
  const picture = manifest?.inputs[0]?.picture ?? {}
  return { version: manifest?.version ?? 'unknown', setup: { decoder, labels, picture, sizePx }, sizePx }
}

/**
 * Finds things of many kinds in pictures (YOLOX, YOLOv8, YOLO11, CenterNet …), in a worker thread.
 *
 *     in    -f-------f-----    pictures
 *     out   ----d-------d--    detections, in px of the source's frame, best first, at most 300
 *
 * One for one, in order; one run at a time unless `concurrency` says otherwise, so put a `queue` before it. Completes after
 * the run in flight. A model's manifest
 * says how its picture lies, how its output is read and what its classes are called; of a file of your own the options do.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(queue('latest'), detectObjects({ model: 'yolox-nano', only: ['person'] }))
 * @throws SaccadeError `missing` where the model is not on this machine; `model` where it does not fit; `config`
 */
export const detectObjects = defineOperator({
  name: 'detect-objects',
  summary: 'Finds things of many kinds (YOLOX, YOLOv8, YOLO11, CenterNet), in a worker thread.',
  input: picturePort,
  output: detectionsPort,
  options,
  main: 'model',
  example: { model: 'yolox-nano', only: ['person'], minScore: 0.35 },
  ...detectorOf<Settings, ObjectsSetup, ObjectsInput>({
    what: 'objects',
    job: 'vision/objects',
    choose,
    input: ({ minScore, maxOverlap, only }) => ({ minScore, maxOverlap, only }),
  }),
})
