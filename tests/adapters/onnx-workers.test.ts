import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createModels } from '../../src/adapters/onnx.js'
import { offerOnnxWorker, startOnnxWorker } from '../../src/adapters/onnx-worker-start.js'
import { workersOf } from '../../src/adapters/onnx-workers.js'
import type { SileroResult } from '../../src/audio/silero.js'
import { providers } from '../../src/core/inference.js'
import type { Detections } from '../../src/core/ports.js'
import type { BlazefaceInput } from '../../src/vision/blazeface.js'
import { blazeface, noFace, silero } from '../helpers/carried-models.js'

const models = createModels()

afterEach(() => models.closeAll())

describe('how many workers there are', () => {
  test('one less than the machine has cores, at least 2 and at most 4, unless told', () => {
    expect([1, 2, 3, 4, 5, 64].map((cores) => workersOf({}, cores))).toEqual([2, 2, 2, 3, 4, 4])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), (count) => {
        expect(workersOf({ SACCADE_WORKERS: String(count) }, 2)).toBe(count)
      }),
    )
    for (const written of ['0', '-1', '1.5', 'two', '100'])
      expect(() => workersOf({ SACCADE_WORKERS: written })).toThrow(`must be a number from 1 to 99: it is ${written}`)
  })
})

describe('a worker that was started early', () => {
  test('and has ended before it is needed: another one is started in its place', async () => {
    const started = startOnnxWorker()
    const ended = new Promise((resolve) => started.worker.once('exit', resolve))
    started.worker.postMessage({ kind: 'close' })
    await ended
    offerOnnxWorker(started)
    const model = await models.load(silero)
    await model.close()
  })
})

describe('a run that hangs', () => {
  const spec = { ...silero, job: new URL('onnx-hanging-job.mjs', import.meta.url) }
  const flag = (value: 0 | 1): Int32Array => new Int32Array(new SharedArrayBuffer(4)).fill(value)
  const free = (hung: Int32Array): void => {
    Atomics.store(hung, 0, 1)
    Atomics.notify(hung, 0)
  }

  test('is given up alone: those that wait go on with a fresh worker, and the old one ends once its run does', async () => {
    const own = createModels(1)
    const hung = flag(0)
    const old = await own.load<{ hung: Int32Array }, SileroResult>(spec)
    const other = await own.load<{ hung: Int32Array }, SileroResult>(spec)
    const tooLong = new Error('takes too long')
    let giveUp: (error: Error) => void = () => undefined
    const begun = (give: typeof giveUp): void => {
      giveUp = give
    }
    const runs = Promise.allSettled([old.run({ hung }, { begun }), other.run({ hung: flag(1) })])
    giveUp(tooLong)
    // A second time, or too late, it means nothing.
    giveUp(tooLong)
    expect(await runs).toMatchObject([{ status: 'rejected', reason: tooLong }, { status: 'fulfilled' }])
    expect((await old.run({ hung: flag(1) })).probability).toBeCloseTo(0, 1)
    await old.close()
    await other.close()
    free(hung)
    await own.closeAll()
  })

  test('takes down no other model of its worker: that is opened anew when it is next run', async () => {
    const own = createModels(1)
    const hung = flag(0)
    const hanging = await own.load<{ hung: Int32Array }, SileroResult>(spec)
    const faces = await own.load<BlazefaceInput, Detections>(blazeface)
    await expect(
      hanging.run(
        { hung },
        {
          begun: (giveUp) => {
            giveUp(new Error('takes too long'))
          },
        },
      ),
    ).rejects.toThrow('takes too long')
    expect([hanging.sessions?.(), faces.sessions?.()]).toEqual([0, 0])
    expect((await faces.run(noFace)).found).toEqual([])
    expect([hanging.sessions?.(), faces.sessions?.()]).toEqual([0, 1])
    free(hung)
    await own.closeAll()
  })
})

describe('a worker that dies', () => {
  test('fails the run that it was at, and no other: the next one is given to a fresh worker', async () => {
    const own = createModels(1)
    const spec = { ...silero, job: new URL('onnx-dying-job.mjs', import.meta.url) }
    const model = await own.load<{ dies: boolean | string }, SileroResult>(spec)
    for (const dies of [true, 'of memory', 'of an error']) {
      const runs = await Promise.allSettled([model.run({ dies }), model.run({ dies: false })])
      expect(runs).toMatchObject([
        {
          status: 'rejected',
          reason: { code: 'model', message: expect.stringMatching(/^cannot run model silero as its worker/) as string },
        },
        { status: 'fulfilled' },
      ])
    }
    await own.closeAll()
  })
})

describe('a provider', () => {
  test.each(providers.filter((one) => one !== 'cpu'))(
    '%s: where it is not there the processor computes, and it says so',
    async (provider) => {
      const model = await models.load<BlazefaceInput, Detections>({ ...blazeface, provider })
      expect((await model.run(noFace)).found).toEqual([])
      if (model.provider === 'cpu') expect(model.insteadOf).toContain(provider)
      else expect([model.provider, model.insteadOf]).toEqual([provider, undefined])
    },
  )

  test('cpu says nothing', async () => {
    const model = await models.load(blazeface)
    expect([model.provider, model.insteadOf]).toEqual(['cpu', undefined])
  })
})

describe('two runs at once', () => {
  test('are on two workers, each with a session of its own from the first run that waited on', async () => {
    const own = createModels(2)
    const model = await own.load<BlazefaceInput, Detections>(blazeface)
    for (let nth = 0; nth < 20; nth++) await model.run(noFace)
    expect(model.sessions?.()).toBe(1)
    while (model.sessions?.() === 1) await Promise.all([model.run(noFace), model.run(noFace)])
    const begun: number[] = []
    const how = { begun: () => begun.push(begun.length) }
    const both = [model.run(noFace, how), model.run(noFace, how)]
    // In the turn of the call: neither waits for the other.
    expect(begun).toEqual([0, 1])
    expect(await Promise.all(both)).toEqual(Array(2).fill({ sizePx: [256, 144], found: [] }))
    await own.closeAll()
  })
})
