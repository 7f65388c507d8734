import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import type { StopReport } from '../../src/engine/end-run.js'
import { Run } from '../../src/engine/run.js'
import { heldOf } from '../core/births.js'
import { runs } from '../helpers/runs.js'
import { arrivals, type Collected, collecting, dawdle, mortalEach, mortalPackets, mortalWork } from './stages.js'

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
})
