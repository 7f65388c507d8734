import fc from 'fast-check'
import { firstValueFrom, map } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { adapters } from '../../src/adapters/node.js'
import { defineOperator } from '../../src/core/define.js'
import type { Frame } from '../../src/core/frame.js'
import { withValue } from '../../src/core/packet.js'
import { jointTargetPort } from '../../src/core/ports.js'
import { anyPort, definePort } from '../../src/core/stage.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import type { StopReport } from '../../src/engine/end-run.js'
import { Run } from '../../src/engine/run.js'
import { solve } from '../../src/operators/solve-pose.js'
import { heldOf, shapeOf } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import {
  arrivals,
  type Collected,
  collecting,
  dawdle,
  mortalEach,
  mortalPackets,
  mortalWork,
  numberPort,
} from './stages.js'

/** Never, as far as a run is concerned. */
const ever = 1e7

type Branch = {
  readonly form: 'mortal-each' | 'mortal-work' | 'dawdle'
  /** How long an item takes where it dawdles. */
  readonly takes: number
  /** How long its sink takes to its safe state. */
  readonly safe: number
  readonly throws: boolean
  readonly whenFull: string
}
type Scene = {
  readonly gapsMs: readonly number[]
  readonly hears: boolean
  readonly branches: readonly Branch[]
  readonly stopAtMs: number
  readonly withinMs: number
}

const anyTime = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 40 }), weight: 4 },
  { arbitrary: fc.constant(ever), weight: 1 },
)
const anyBranch: fc.Arbitrary<Branch> = fc.record({
  form: fc.constantFrom('mortal-each' as const, 'mortal-work' as const, 'dawdle' as const),
  takes: anyTime,
  safe: anyTime,
  throws: fc.boolean(),
  whenFull: fc.constantFrom('latest', '{ whenFull: drop-oldest, capacity: 4 }'),
})
const anyScene: fc.Arbitrary<Scene> = fc.record({
  gapsMs: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 15 }),
  hears: fc.boolean(),
  branches: fc.array(anyBranch, { minLength: 1, maxLength: 3 }),
  stopAtMs: fc.integer({ min: 0, max: 200 }),
  withinMs: fc.constantFrom(0, 100, 1800, 1800),
})

function written({ gapsMs, hears, branches }: Scene): string {
  const operators = branches.map(({ form, takes, whenFull }, index) => {
    const stage = form === 'dawdle' ? `dawdle: { takes: ${String(takes)} }` : `${form}: {}`
    return `  op${String(index)}: { from: cam, pipe: [ queue: ${whenFull}, ${stage} ] }`
  })
  const sinks = branches.map(({ safe, throws }, index) => {
    const name = String(index)
    return `  sink${name}: { from: op${name}, collect: { safe: ${String(safe)}, throws: ${String(throws)} } }`
  })
  return [
    'saccade: 1',
    `streams:\n  cam: { arrivals: { gaps: [${gapsMs.join(', ')}], ends: false, hears: ${String(hears)} } }`,
    'operators:',
    ...operators,
    'sinks:',
    ...sinks,
  ].join('\n')
}

async function prepare(scene: Scene) {
  const collected: Collected = new Map()
  const stages = [arrivals, mortalEach, mortalWork, mortalPackets, dawdle, collecting(collected)]
  const run = new Run(await loadPlan('stop.yaml', written(scene), { stages }), { clock: 'virtual' })
  return { run, collected }
}

describe('stopping', () => {
  test('law (S5): at any instant, whatever dawdles or hangs, it ends within its time, leaves nothing, and names what it cut off', async () => {
    const seen = { clean: 0, discarded: 0, hung: 0 }
    await fc.assert(
      fc.asyncProperty(anyScene, async (scene) => {
        const { branches, stopAtMs, withinMs } = scene
        const { run } = await prepare(scene)
        const { runtime } = run
        const reports: Promise<StopReport>[] = []
        let stoppedMs = 0
        let held: readonly string[] = []
        runtime.clock.at(stopAtMs, () => {
          held = [...runtime.meters.values()].filter((meter) => meter.held > 0).map(({ name }) => name)
          reports.push(run.stop({ withinMs }))
        })
        const ended = new Promise<void>((resolve) => {
          run.state$.subscribe({
            complete: () => {
              stoppedMs = runtime.clock.nowMs()
              resolve()
            },
          })
        })
        await run.start()
        await ended
        reports.push(run.stop(), run.stop({ withinMs: 1 }))
        const [report, ...again] = await Promise.all(reports)

        // Within its time, on the run's clock.
        expect(stoppedMs - stopAtMs).toBeLessThanOrEqual(withinMs)
        // The same report each time.
        for (const other of again) expect(other).toEqual(report)
        // Nothing is left, and the runtime knows it.
        expect(runtime.clock.timers()).toBe(0)
        expect(runtime.left).toEqual([])
        expect(runtime.pool.count().lent).toBe(0)
        await runtime.closed()
        for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
        expect(run.state$.value).toEqual({ state: 'stopped' })
        for (const { state } of Object.values(run.snapshot().stages))
          expect(['completed', 'stopped', 'idle']).toContain(state)

        // What hangs is named, and where nothing does nothing is.
        const cutOff = report?.cutOff ?? []
        const words = cutOff.join('\n')
        if (withinMs > 0) {
          for (const [index, { form, takes, safe }] of branches.entries()) {
            const name = String(index)
            const hangs = form === 'dawdle' && takes === ever
            const busy = held.includes(`op${name}/dawdle`)
            const waits = held.includes(`op${name}/queue`)
            if (hangs && busy) expect(words).toContain(`op${name}/dawdle: 1 packet discarded`)
            else if (withinMs === 1800) expect(words).not.toContain(`op${name}/dawdle`)
            if (hangs && waits) expect(words).toMatch(new RegExp(`queue op${name}/queue: \\d packets? discarded`))
            if (safe === ever) expect(words).toContain(`sink${name}: did not end`)
          }
          const calm = branches.every(({ form, takes, safe }) => safe < ever && (form !== 'dawdle' || takes < ever))
          if (calm && withinMs === 1800) expect(cutOff).toEqual([])
        }
        seen.clean += cutOff.length === 0 ? 1 : 0
        seen.discarded += words.includes('discarded') ? 1 : 0
        seen.hung += words.includes('did not end') ? 1 : 0
      }),
      { numRuns: runs(300) },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs(300) / 20)
  })

  /** Lets what waits for virtual time go on, until the sink has ended. */
  const sinkEnded = async (run: Run): Promise<void> => {
    while (run.snapshot().stages['out']?.state !== 'completed') await new Promise(setImmediate)
  }

  const one = (operators: string, sink: string): string => `saccade: 1
streams:
  cam: { arrivals: { gaps: [10, 10, 10, 10], ends: false } }
operators:
  op: { from: cam, pipe: [ ${operators} ] }
sinks:
  out: { from: op, ${sink} }
`

  test('a run of a model that hangs is named, left alone, and waited for by who waits for the runtime', async () => {
    let settle: () => void = () => undefined
    const hangs = defineOperator({
      name: 'hangs',
      summary: 'Never answers.',
      input: numberPort,
      output: numberPort,
      options: z.strictObject({}),
      example: {},
      work: () => (value) =>
        new Promise<number>((resolve) => {
          settle = () => {
            resolve(value)
          }
        }),
    })
    // What is real hangs, so virtual time stands still: it is the real clock that ends it.
    const real = createVirtualClock()
    const plan = await loadPlan('hangs.yaml', one('hangs', 'collect: {}'), {
      stages: [arrivals, hangs, collecting(new Map())],
    })
    const run = new Run(plan, { clock: 'virtual', adapters: { ...adapters(), clock: real } })
    const { runtime } = run
    await run.start()
    await firstValueFrom(run.tap('cam'))
    const stopped = run.stop({ withinMs: 1000 })
    await real.run(() => real.nowMs() >= 300)
    // Nothing real is waited for any more: the sink comes to its safe state.
    await sinkEnded(run)
    await real.run(() => false)
    expect(await stopped).toEqual({ cutOff: ['op/hangs: a run was still under way'] })
    expect([real.nowMs(), real.timers(), runtime.clock.timers()]).toEqual([1000, 0, 0])
    expect(runtime.left).toEqual(['op/hangs'])
    let closed = false
    const closing = runtime.closed().then(() => (closed = true))
    await new Promise(setImmediate)
    expect(closed).toBe(false)
    settle()
    await closing
  })

  test('a head that has no time to lie down is named; one that has, and a time limit that was not reached, are not', async () => {
    for (const [withinMs, cutOff] of [
      [200, ['head: did not reach its parking pose']],
      [1800, []],
    ] as const) {
      const text = `saccade: 1
streams:
  cam: { arrivals: { gaps: [10, 10, 10, 10], ends: false } }
operators:
  gaze: { from: cam, far: {} }
sinks:
  head: { from: gaze, reachy-mini: sim }
`
      const far = defineOperator({
        name: 'far',
        summary: 'A pose far from the one of sleep.',
        input: numberPort,
        output: jointTargetPort,
        options: z.strictObject({}),
        example: {},
        each: () => () => solve({ xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: -0.3, yawRad: 0.6 }),
      })
      const run = new Run(await loadPlan('head.yaml', text, { stages: [arrivals, far] }), { clock: 'virtual' })
      const ended = new Promise<void>((resolve) => {
        run.state$.subscribe({ complete: resolve })
      })
      run.runtime.clock.at(700, () => void run.stop({ withinMs }))
      await run.start({ forMs: 1e9 })
      await ended
      expect(await run.stop()).toEqual({ cutOff })
      expect(run.snapshot().robot?.state).toBe(cutOff.length === 0 ? 'parked' : 'parking')
      expect(run.runtime.clock.timers()).toBe(0)
    }
  })

  test('a frame that somebody keeps is named', async () => {
    const kept: Frame[] = []
    const pictures = definePort<Frame>('frame', 'a frame')
    const paint = defineOperator({
      name: 'paint',
      summary: 'Paints.',
      input: numberPort,
      output: pictures,
      options: z.strictObject({}),
      example: {},
      packets: (_, { runtime }) =>
        map((packet) => {
          const frame = runtime.pool.lease(shapeOf(2, 2))
          kept.push(frame)
          return withValue(packet, frame)
        }),
    })
    const look = { ...collecting(new Map()).definition, input: anyPort }
    const plan = await loadPlan('frames.yaml', one('paint', 'collect: {}'), {
      stages: [arrivals, paint, { definition: look }],
    })
    const real = createVirtualClock()
    const run = new Run(plan, { clock: 'virtual', adapters: { ...adapters(), clock: real } })
    const some = firstValueFrom(run.tap('op'))
    await run.start()
    await some
    const stopped = run.stop({ withinMs: 100 })
    await sinkEnded(run)
    await real.run(() => false)
    const count = kept.length
    expect(await stopped).toEqual({ cutOff: [`${String(count)} ${count === 1 ? 'frame' : 'frames'} not given back`] })
    for (const frame of kept) frame.release()
    await run.runtime.closed()
  })

  test('by a signal that was given before, it never begins; one that is given later holds nothing', async () => {
    const plan = await loadPlan('signal.yaml', one('mortal-each: {}', 'collect: {}'), {
      stages: [arrivals, mortalEach, collecting(new Map())],
    })
    const run = new Run(plan, { clock: 'virtual', signal: AbortSignal.abort() })
    await run.start()
    expect(await run.stop()).toEqual({ cutOff: [] })
    expect(run.state$.value).toEqual({ state: 'stopped' })
  })

  test('a server or a sink of a host that throws or hangs as it closes keeps nothing else from its end', async () => {
    const plan = await loadPlan('close.yaml', one('mortal-each: {}', 'collect: {}'), {
      stages: [arrivals, mortalEach, collecting(new Map())],
    })
    const real = createVirtualClock()
    const run = new Run(plan, { clock: 'virtual', adapters: { ...adapters(), clock: real } })
    const closed: string[] = []
    run.closeWith(() => {
      throw new Error('as it closes')
    })
    run.closeWith(() => new Promise(() => undefined))
    run.closeWith((withinMs) => {
      closed.push(`within ${String(withinMs)} ms`)
      return Promise.resolve(['a viewer at 10.0.0.7:1234: did not go'])
    })
    await run.start()
    const stopped = run.stop({ withinMs: 1000 })
    await sinkEnded(run)
    await real.run(() => false)
    expect(await stopped).toEqual({ cutOff: ['a viewer at 10.0.0.7:1234: did not go', 'the server: did not close'] })
    expect(closed).toEqual(['within 100 ms'])
  })
})
