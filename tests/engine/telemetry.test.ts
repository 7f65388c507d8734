import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ServerMessage } from '../../src/core/wire.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { Run } from '../../src/engine/run.js'
import { runs } from '../helpers/runs.js'
import { arrivals } from './stages.js'

const lengthMs = 3000
/** Something changes all the time: a number comes every 20 ms, and is counted. */
const text = `saccade: 1
streams: { ticks: { arrivals: { gaps: [${Array.from({ length: lengthMs / 20 }, () => 20).join(', ')}] } } }
sinks: { live: { from: ticks, websocket: {} } }
`

/** A client: when it joins, and after which times it changes its mind about the state. */
const anyClient = fc.record({
  joinsAtMs: fc.integer({ min: 1, max: lengthMs }),
  wantsFirst: fc.boolean(),
  turnsMs: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }),
})

test('law (W5): whoever wants the state is told what changed within 100 ms, whenever it begins to want that', async () => {
  const plan = await loadPlan('ticks.yaml', text, { stages: [arrivals] })
  let told = 0
  await fc.assert(
    fc.asyncProperty(fc.array(anyClient, { minLength: 1, maxLength: 3 }), async (clients) => {
      const run = new Run(plan, { clock: 'virtual' })
      const { hub, clock } = run.runtime
      hub.state = () => run.snapshot()
      const seen = clients.map(({ joinsAtMs, wantsFirst, turnsMs }) => {
        const wishes: { readonly atMs: number; readonly wants: boolean }[] = []
        const heardAtMs: number[] = []
        clock.at(joinsAtMs, () => {
          const client = hub.join({
            send: (data) => {
              const { type } = JSON.parse(data) as ServerMessage
              if (type === 'changes' || type === 'telemetry') heardAtMs.push(clock.nowMs())
            },
            write: () => undefined,
            bufferedBytes: () => 0,
            ping: () => undefined,
            close: () => undefined,
          })
          const want = (wants: boolean): void => {
            wishes.push({ atMs: clock.nowMs(), wants })
            client.received(JSON.stringify({ type: 'want', channels: {}, state: wants }))
          }
          want(wantsFirst)
          let atMs = joinsAtMs
          for (const [nth, turnMs] of turnsMs.entries())
            clock.at((atMs += turnMs), () => {
              want((nth % 2 === 0) !== wantsFirst)
            })
        })
        return { wishes, heardAtMs }
      })
      const ended = new Promise<void>((resolve) => {
        run.state$.subscribe({ complete: resolve })
      })
      await run.start()
      await ended
      for (const { wishes, heardAtMs } of seen)
        for (const [nth, { atMs, wants }] of wishes.entries()) {
          const untilMs = Math.min(wishes[nth + 1]?.atMs ?? lengthMs, lengthMs)
          const heard = heardAtMs.filter((at) => at > atMs && at < untilMs)
          told += heard.length
          if (!wants) expect(heard).toEqual([])
          else
            for (const [i, at] of [...heard, untilMs].entries())
              expect(at - (heard[i - 1] ?? atMs)).toBeLessThanOrEqual(100)
        }
    }),
    { numRuns: runs(60) },
  )
  expect(told).toBeGreaterThan(0)
})
