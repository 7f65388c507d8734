import fc from 'fast-check'
import { Observable } from 'rxjs'
import { expect, test } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { runProcess } from '../../src/core/run-process.js'
import { definePort } from '../../src/core/stage.js'
import { throughEdge } from '../../src/core/through-edge.js'
import { contextOf, heldOf, live, packetOf, virtualRuntime } from './births.js'

const numberPort = definePort<number>('number', 'a number')

test('law (E7): however a branch ends, what an edge gave the stage behind it has taken, and nothing is held', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 30 }),
      fc.constantFrom('error', 'unsubscribe', 'complete'),
      fc.integer({ min: 0, max: 60 }),
      async (gapsMs, costMs, ending, endMs) => {
        const { clock, runtime } = virtualRuntime((virtual) => ({
          ...virtual,
          work: (key, start, deliver) => virtual.work({ ...key, costMs }, start, deliver),
        }))
        const [edge, work] = [contextOf(runtime, 'queue'), contextOf(runtime, 'work')]
        let ended = ''
        let begun = 0
        let begunBefore = 0
        const perform = (value: number): Promise<number> => {
          begun++
          return Promise.resolve(value)
        }
        const source = new Observable<Packet<number>>((downstream) => {
          let atMs = 0
          for (const [seq, gapMs] of gapsMs.entries()) {
            atMs += gapMs
            clock.at(atMs, () => {
              downstream.next(packetOf(seq, { origin: live, seq, capturedAtMs: clock.nowMs() }))
            })
          }
          clock.at(endMs, () => {
            begunBefore = begun
            if (ending === 'error') downstream.error(new Error('the camera was pulled out'))
            if (ending === 'complete') downstream.complete()
          })
        })
        const running = throughEdge(source, { whenFull: 'latest', capacity: 1, maxAgeMs: null }, edge)
          .pipe(runProcess(() => perform, numberPort, work))
          .subscribe({
            error: (error: Error) => (ended = error.message),
            complete: () => (ended = 'complete'),
          })
        clock.at(endMs, () => {
          if (ending !== 'unsubscribe') return
          begunBefore = begun
          running.unsubscribe()
        })
        await clock.run(() => false)
        const [given, taken] = [edge.meter.read(0), work.meter.read(0)]
        expect(given.out).toBe(taken.in)
        expect([heldOf(edge.meter), heldOf(work.meter)]).toEqual([0, 0])
        expect(ended).toBe({ error: 'the camera was pulled out', unsubscribe: '', complete: 'complete' }[ending])
        // What waited is drained only by a proper completion.
        if (ending !== 'complete') expect(begun).toBe(begunBefore)
        // A dead branch shows as such, all along it (S4).
        if (ending === 'error') {
          for (const { state, error } of [given, taken]) {
            expect({ state, error }).toEqual({ state: 'failed', error: 'the camera was pulled out' })
          }
        }
      },
    ),
  )
})
