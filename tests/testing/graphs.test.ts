import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { anyGraph, anySchedule, costOf, endsOf, graphText, openGraph } from '../../src/testing/index.js'
import { createConsumer } from '../../src/testing/consumer.js'
import { feeding } from '../../src/testing/feeding.js'
import { Listener } from '../../src/testing/listener.js'
import type { Schedule } from '../../src/testing/schedule.js'
import type { Graph } from '../../src/testing/any-graph.js'
import type { Packet } from '../../src/core/packet.js'
import { anyValue } from '../../src/testing/any-value.js'
import { anyPort } from '../../src/core/stage.js'
import { watchClock } from '../../src/testing/watch-clock.js'
import { watchPool } from '../../src/testing/watch-pool.js'
import { heldOf } from '../core/births.js'
import { runs } from '../helpers/runs.js'

/** Runs a graph on a schedule: each end has a consumer of its own. */
async function runGraph(graph: Graph, schedule: Schedule<unknown>) {
  const virtual = createVirtualClock()
  const clock = watchClock(virtual, costOf)
  const pool = watchPool()
  const runtime = new Runtime({ clock, pool })
  const { source$, gates } = feeding(schedule, virtual, pool, (call) => {
    call()
  })
  const given: Packet<unknown>[][] = []
  const consumers = openGraph(graph, runtime, source$).map((end$, index) => {
    given.push([])
    const consumer = createConsumer(schedule, virtual)
    const listener = new Listener<Packet<unknown>>({
      next: (packet) => {
        given[index]?.push(packet)
        consumer.take(packet)
      },
    })
    listener.listen(end$)
    return { consumer, listener }
  })
  if (schedule.ending.how === 'cancel') {
    virtual.at(schedule.ending.atMs, () => {
      for (const { consumer, listener } of consumers) {
        listener.unsubscribe()
        consumer.leave()
      }
    })
  }
  await virtual.run(() => {
    for (const meter of runtime.meters.values()) expect(meter.held, 'E7').toBeGreaterThanOrEqual(0)
    return false
  })
  await runtime.closed()
  const ends = consumers.map(({ listener }) => listener.ended)
  return { runtime, clock, pool, gates, given, ends }
}

test('law: any graph keeps count at every instant, ends as it should, and leaves nothing behind', async () => {
  const schedules = anySchedule({ values: anyValue(anyPort), origins: 1, endings: ['complete', 'error', 'cancel'] })
  await fc.assert(
    fc.asyncProperty(anyGraph(), schedules, async (graph, schedule) => {
      const { runtime, clock, pool, gates, ends } = await runGraph(graph, schedule)
      if (schedule.ending.how !== 'cancel') expect(new Set(ends)).toEqual(new Set([schedule.ending.how]))
      for (const meter of runtime.meters.values()) expect(heldOf(meter), 'E7').toBe(0)
      expect(clock.waiting(), 'S5').toEqual([])
      expect(pool.count().lent, 'S6').toBe(0)
      expect(pool.written(), 'S6').toBe(0)
      expect(
        gates.every(({ open }) => open),
        'E5',
      ).toBe(true)
    }),
    { numRuns: runs(1000) },
  )
})

test('law (E5): a graph of queues that block loses nothing of a source that waits, at none of its ends', async () => {
  const schedules = anySchedule({ origins: 1, pace: 'recorded', endings: ['complete'] })
  await fc.assert(
    fc.asyncProperty(anyGraph({ lossless: true }), schedules, async (graph, schedule) => {
      const { given } = await runGraph(graph, schedule)
      const expected = endsOf(graph).map((passes) => schedule.items.map(({ seq }) => seq).filter(passes))
      expect(given.map((all) => all.map(({ seq }) => seq))).toEqual(expected)
    }),
    { numRuns: runs(1000) },
  )
})

test('a graph reads like a pipe', () => {
  const graph: Graph = {
    steps: [{ kind: 'each' }, { kind: 'queue', whenFull: 'latest', capacity: 1 }],
    branches: [
      { steps: [{ kind: 'work', costMs: 20 }], branches: [] },
      { steps: [], branches: [] },
    ],
  }
  expect(graphText(graph)).toBe('each | queue latest 1 → ( work 20ms ; as it is )')
})
