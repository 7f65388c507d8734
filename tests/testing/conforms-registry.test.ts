import { firstValueFrom, map, take, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { detectionsPort, picturePort, posePort, soundPort } from '../../src/core/ports.js'
import { Runtime } from '../../src/core/runtime.js'
import type { AnyStage } from '../../src/core/stage.js'
import { createRegistry } from '../../src/engine/registry.js'
import { detectFaces } from '../../src/operators/detect-faces.js'
import { media } from '../../src/streams/media.js'
import { BrokenContract, conforms, type ConformsOptions, Picture } from '../../src/testing/index.js'
import { fc } from '../../src/testing/fast-check.js'
import { job } from '../../src/vision/blazeface.js'
import { faces, faceTensors, recordedModels } from '../helpers/recorded-models.js'
import { runs } from '../helpers/runs.js'

/** What has several inputs is held to a model of its own (tests/core/join-in-time.test.ts). */
const registry = new Map([...createRegistry()].filter(([, stage]) => !('joins' in stage)))
const stageOf = (name: string): AnyStage => registry.get(name) as AnyStage

/** Decoders run in real time: each schedule of these costs a process. */
const decoded: ConformsOptions = { real: true, runs: 6 }

/** Another way of a stage that is worth its own schedules, beside its example. */
const ways: readonly (readonly [name: string, about: string, options: ConformsOptions])[] = [
  ['media', 'as fast as it is taken', { ...decoded, options: { open: 'demo:demo.mp4', pace: 'fast' } }],
  ['queue', 'latest', { options: 'latest' }],
  ['queue', 'drop-newest', { options: { whenFull: 'drop-newest', capacity: 2 } }],
  ['queue', 'block', { options: { whenFull: 'block', capacity: 2 }, pace: 'recorded' }],
  ['look-at', 'at now', { options: { aim: 'now' } }],
  ['throttle', 'of detections', { port: detectionsPort }],
  ['console', 'of poses', { port: posePort }],
  ['websocket', 'of sound', { port: soundPort }],
  ['websocket', 'of pictures', { port: picturePort }],
]

/** Smaller than its example, which a hundred thousand pictures would take too long for. */
const examples: Readonly<Record<string, ConformsOptions>> = {
  media: decoded,
  resize: { options: '32x32' },
}

async function brokenBy(stage: AnyStage, options: ConformsOptions): Promise<string> {
  try {
    // The file itself is not read, and not every model's is there.
    const modelFile = (name: string): URL => new URL(`file:///${name}.onnx`)
    const print: ConformsOptions['adapters'] = { print: () => undefined, loadModel: recordedModels, modelFile }
    return (await conforms(stage, { runs: runs(100), adapters: print, ...options })).broken.join()
  } catch (error) {
    if (!(error instanceof BrokenContract)) throw error
    return error.message
  }
}

describe('every stage of the registry keeps the contract', () => {
  test.each([...registry.keys()])('%s', async (name) => {
    expect(await brokenBy(stageOf(name), examples[name] ?? {})).toBe('')
  })

  test.each(ways)('%s, %s', async (name, _, options) => {
    expect(await brokenBy(stageOf(name), options)).toBe('')
  })

  test('all three forms of operators are among them, and streams and sinks', () => {
    const formOf = (stage: AnyStage): string =>
      stage.kind === 'operator' ? (['each', 'work', 'packets'].find((form) => form in stage) ?? 'none') : stage.kind
    const forms = new Set([...registry.values()].map(formOf))
    expect(forms).toEqual(new Set(['each', 'work', 'packets', 'stream', 'sink']))
    expect(registry.size).toBeGreaterThanOrEqual(14)
  })
})

/** A picture of the demo, as a value of a schedule. */
class Still extends Picture {
  readonly #pixels: Uint8Array

  constructor(shape: ConstructorParameters<typeof Picture>[0], pixels: Uint8Array) {
    super(shape, 0)
    this.#pixels = pixels
  }

  override pixels(): Uint8Array {
    return this.#pixels
  }
}

describe('with the real model, on pictures of the demo', () => {
  async function stills(count: number): Promise<readonly Still[]> {
    const runtime = new Runtime()
    const { video$ } = runtime.run(() => media({ open: 'demo:demo.mp4', pace: 'fast' }))
    const all = await firstValueFrom(
      video$.pipe(
        map(({ value }) => new Still(value, value.bytes.slice())),
        take(count),
        toArray(),
      ),
    )
    await runtime.closed()
    return all
  }

  test('detect-faces keeps the contract', async () => {
    const values = fc.constantFrom(...(await stills(3)))
    expect(await brokenBy(detectFaces.definition, { real: true, runs: 10, values, adapters: {} })).toBe('')
  })

  test('what was recorded is what it answers', async () => {
    const runtime = new Runtime()
    const [still] = await stills(1)
    const frame = still?.lease(runtime.pool)
    if (frame === undefined) throw new Error('the demo has no picture')
    const { loadModel, modelFile, jobModule } = runtime.adapters
    const spec = {
      name: 'blazeface-256',
      version: '',
      file: modelFile('blazeface-256'),
      job: jobModule('vision/blazeface'),
    }
    const model = await loadModel(spec)
    const input = { picture: frame.pixels, minScore: 0.5 }
    const found = (await model.run(input)) as ReturnType<typeof job.finish>
    const recorded = job.finish(faceTensors(faces[0] as (typeof faces)[number]), input)
    await model.close()
    frame.release()
    expect(found.found.length).toBeGreaterThan(0)
    expect(recorded.found.map(({ boxPx }) => boxPx.map(Math.round))).toEqual(
      found.found.map(({ boxPx }) => boxPx.map(Math.round)),
    )
  })
})
