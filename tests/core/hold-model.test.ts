import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { holdModel, type ModelHow } from '../../src/core/hold-model.js'
import type { LoadModel, Model } from '../../src/core/inference.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { WorkerPool } from '../../src/core/worker-pool.js'
import { settled, VirtualWorkers } from './virtual-workers.js'

/** A stage that holds a model, on a pool of one virtual worker and on virtual time. */
function holding(how: Partial<ModelHow>, provider?: string) {
  const clock = createVirtualClock()
  const workers = new VirtualWorkers()
  const pool = new WorkerPool({ most: 1, mostOpening: 1, start: workers.start, soon: workers.soon })
  const loadModel = (async (spec) => {
    const model = await pool.load('one', spec)
    return provider === undefined ? model : { ...model, provider, insteadOf: 'there is no cuda here' }
  }) as LoadModel
  const machine = adapters()
  const modelFile = (name: string): URL => new URL(`file:///${name}.onnx`)
  const runtime = new Runtime({
    clock,
    adapters: { ...machine, clock, loadModel, modelFile, modelManifest: () => null },
  })
  const context = { runtime, name: 'faces/detect-faces', meter: runtime.meter('faces/detect-faces'), how: {} }
  const create = () =>
    holdModel<number, string>(context, { name: 'm', version: '1', job: 'vision/blazeface', hungAfter: 10_000, ...how })
  const pass = async (ms: number): Promise<void> => {
    const untilMs = clock.nowMs() + ms
    clock.at(untilMs, () => undefined)
    await clock.run(() => clock.nowMs() >= untilMs)
    await settled(workers)
  }
  const done = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) {
      workers.finishAll()
      await settled(workers)
    }
  }
  const opened = async (held = create()) => {
    const opening = held.open()
    await settled(workers)
    await done()
    await opening
    return held
  }
  const closed = async (...all: readonly { readonly close: () => Promise<void> }[]): Promise<void> => {
    const closing = Promise.all(all.map((held) => held.close()))
    await done()
    await closing
    await runtime.closed()
  }
  const told = () => runtime.events.map(({ level, text }) => `${level}: ${text}`)
  const state = () => runtime.models.get('faces/detect-faces')?.()
  return { workers, runtime, opened, done, pass, closed, told, state }
}

describe('a run that hangs', () => {
  test('fails when its time is up, on the run’s clock, and the next one is given to a fresh worker', async () => {
    const { workers, opened, done, pass, closed, state } = holding({ hungAfter: 3000 })
    const held = await opened()
    let error: unknown = null
    const hanging = held.run(1).catch((thrown: unknown) => {
      error = thrown
    })
    await pass(2999)
    expect(error).toBeNull()
    await pass(2)
    await hanging
    expect(error).toMatchObject({
      code: 'model',
      message: 'model m has been running for 3s and was given up',
      remedy: expect.stringContaining('raise hungAfter') as string,
    })
    expect(state()).toMatchObject({ state: 'ready', sessions: 0, hung: 1 })
    const next = held.run(2)
    await done()
    expect(await next).toBe('done')
    expect(workers.started).toBe(2)
    await closed(held)
  })

  test('one that waits its turn does not: only what is under way is timed', async () => {
    const { opened, done, pass, closed } = holding({ hungAfter: 3000 })
    const held = await opened()
    const runs = [held.run(1), held.run(2)]
    await pass(2000)
    await done()
    await pass(2000)
    await done()
    expect(await Promise.all(runs)).toEqual(['done', 'done'])
    await closed(held)
  })

  test('keeps a stage that has ended no longer than that', async () => {
    const { opened, pass, runtime } = holding({ hungAfter: 3000 })
    const held = await opened()
    const hanging = held.run(1).catch(() => 'failed')
    const closing = held.close()
    await pass(3001)
    expect(await hanging).toBe('failed')
    await closing
    await runtime.closed()
  })
})

describe('a model that is not used', () => {
  test('is let go of after its idle time, and loaded anew by the next run, which counts and tells its wait', async () => {
    const { workers, opened, done, pass, closed, told, state } = holding({ idle: 30_000 })
    const held = await opened()
    await pass(29_000)
    const early = held.run(1)
    await done()
    await early
    await pass(29_999)
    expect(state()).toMatchObject({ state: 'ready', sessions: 1 })
    await pass(2)
    await done()
    expect(state()).toMatchObject({ state: 'resting', sessions: 0, reloads: 0 })
    expect(workers.working).toBe(0)
    const woken = held.run(2)
    await pass(40)
    await done()
    expect(await woken).toBe('done')
    expect(state()).toMatchObject({ state: 'ready', sessions: 1, reloads: 1, reloadMs: 40 })
    expect(told()).toEqual([
      'info: faces/detect-faces: model m was let go of, as it did not run for 30s',
      'info: faces/detect-faces: model m was loaded anew after it had rested, in 40ms',
    ])
    await closed(held)
  })

  test('one of two runs that ends is no idleness: the time begins when both have', async () => {
    const { opened, done, pass, closed, state, workers } = holding({ idle: 1000 })
    const held = await opened()
    const runs = [held.run(1), held.run(2)]
    await settled(workers)
    workers.finishAll()
    await settled(workers)
    await pass(1500)
    await done()
    await Promise.all(runs)
    await pass(999)
    expect(state()).toMatchObject({ state: 'ready', sessions: 1 })
    await pass(2)
    await done()
    expect(state()).toMatchObject({ state: 'resting', sessions: 0 })
    await closed(held)
  })

  test('is kept while another stage uses it', async () => {
    const { opened, done, pass, closed, state, told } = holding({ idle: 1000 })
    const held = await opened()
    const other = await opened()
    for (let nth = 0; nth < 5; nth++) {
      const run = other.run(nth)
      await done()
      await run
      await pass(900)
    }
    expect(state()).toMatchObject({ sessions: 1, reloads: 0 })
    expect(told()).toEqual([])
    await closed(held, other)
  })

  test('without that option stays', async () => {
    const { opened, pass, closed, state } = holding({})
    const held = await opened()
    await pass(3_600_000)
    expect(state()).toMatchObject({ state: 'ready', sessions: 1 })
    await closed(held)
    expect(state()).toMatchObject({ state: 'closed' })
  })
})

test('a provider that is not there is told once, and each result says what it was', async () => {
  const { opened, closed, told } = holding({ provider: 'cuda' }, 'cpu')
  const held = await opened()
  const again = await opened()
  expect(held.by()).toEqual({ model: 'm', version: '1', provider: 'cpu' })
  expect(told()).toEqual(['warning: faces/detect-faces: model m runs on cpu, as there is no cuda here'])
  await closed(held, again)
})

test('a stage whose results move something asks for its runs with priority', async () => {
  const runtime = new Runtime({ clock: createVirtualClock() })
  const asked: unknown[] = []
  const model: Model<unknown, unknown> = {
    provider: 'none',
    run: (_, how) => Promise.resolve(asked.push(how?.priority)),
    close: () => Promise.resolve(),
  }
  const loaded = new Runtime({
    adapters: { ...runtime.adapters, loadModel: (() => Promise.resolve(model)) as LoadModel },
  })
  for (const urgent of [true, false]) {
    const context = { runtime: loaded, name: 'a', meter: loaded.meter('a'), how: {}, urgent }
    const held = holdModel(context, { name: 'blazeface-256', version: '1', job: 'vision/blazeface', hungAfter: 1e4 })
    await held.open()
    await held.run(1)
    await held.close()
  }
  expect(asked).toEqual([0, 1])
})
