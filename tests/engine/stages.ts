import { map, Observable } from 'rxjs'
import { z } from 'zod'
import { defineOperator, defineSink, defineStream } from '../../src/core/define.js'
import { drive } from '../../src/core/drive.js'
import { createPacket, keep, type Packet, withValue } from '../../src/core/packet.js'
import { definePort } from '../../src/core/stage.js'

/** Stages that die, dawdle and hang as they are told, for laws over whole runs on virtual time. */

export const numberPort = definePort<number>('number', 'a number')
const numbers = z.array(z.number())

/** Numbers at their times; `hears: false` does not know that a run can be stopped. */
export const arrivals = defineStream({
  name: 'arrivals',
  summary: 'Numbers at their times.',
  options: z.strictObject({ gaps: numbers, ends: z.boolean().default(true), hears: z.boolean().default(true) }),
  example: { gaps: [1, 2] },
  results: { number: numberPort },
  mainResult: 'number',
  live: () => true,
  open: ({ gaps, ends, hears }, { runtime, name }) => ({
    number: new Observable((downstream) => {
      const origin = { name: `${name}.number`, live: true }
      const { clock, stopping } = runtime
      let atMs = clock.nowMs()
      for (const [seq, gapMs] of gaps.entries()) {
        atMs += gapMs
        const capturedAtMs = atMs
        const give = (): void => {
          downstream.next(createPacket({ origin, seq, capturedAtMs, stamp: { kind: 'synthetic' }, value: seq }))
          if (ends && seq === gaps.length - 1) downstream.complete()
        }
        downstream.add(clock.at(atMs, give))
      }
      if (!hears) return
      const stop = (): void => {
        downstream.complete()
      }
      stopping.addEventListener('abort', stop)
      downstream.add(() => {
        stopping.removeEventListener('abort', stop)
      })
    }),
  }),
})

const facts = { input: numberPort, output: numberPort }
const mortalOptions = z.strictObject({ dies: numbers.default([]) })
const check = (dies: readonly number[], value: number): number => {
  if (dies.includes(value)) throw new Error(`cannot take ${String(value)}`)
  return value
}

export const mortalEach = defineOperator({
  ...facts,
  name: 'mortal-each',
  summary: 'Dies of some numbers, in the turn they come.',
  options: mortalOptions,
  example: {},
  each:
    ({ dies }) =>
    (value) =>
      check(dies, value),
})

export const mortalWork = defineOperator({
  ...facts,
  name: 'mortal-work',
  summary: 'Dies of some numbers, after a while.',
  options: mortalOptions,
  example: {},
  work:
    ({ dies }) =>
    (value) =>
      Promise.resolve().then(() => check(dies, value)),
})

export const mortalPackets = defineOperator({
  ...facts,
  name: 'mortal-packets',
  summary: 'Dies of some numbers, and touches packets.',
  options: mortalOptions,
  example: {},
  packets: ({ dies }) => map((packet) => withValue(packet, check(dies, packet.value))),
})

/** One at a time, each for so long on the run's clock; holds the gate meanwhile. */
export const dawdle = defineOperator({
  ...facts,
  name: 'dawdle',
  summary: 'Takes its time.',
  options: z.strictObject({ takes: z.number() }),
  example: { takes: 10 },
  packets:
    ({ takes }, { runtime, meter }) =>
    (source) =>
      new Observable((downstream) => {
        const { clock } = runtime
        let busy = false
        let over = false
        let end: () => void = () => undefined
        drive(
          source,
          downstream,
          (packet) => {
            if (busy) {
              meter.dropped('overflow')
              return
            }
            busy = true
            const open = packet.gate.hold()
            const letGo = keep(packet)
            const cancel = clock.at(clock.nowMs() + takes, () => {
              end = () => undefined
              letGo()
              busy = false
              downstream.next(packet)
              open()
              if (over) downstream.complete()
            })
            end = () => {
              cancel()
              letGo()
              meter.dropped('shutdown')
              open()
            }
          },
          () => {
            over = true
            if (!busy) downstream.complete()
          },
        )
        // Last, when upstream is gone.
        downstream.add(() => {
          end()
        })
      }),
})

/** What each sink was given, by its entry's name. */
export type Collected = Map<string, string[]>

/** Writes down what it is given; takes so long to come to its safe state, and may throw when it is let go. */
export function collecting(collected: Collected) {
  return defineSink({
    name: 'collect',
    summary: 'Writes down what it is given.',
    input: numberPort,
    takes: 'one',
    actuator: false,
    options: z.strictObject({ safe: z.number().default(0), throws: z.boolean().default(false) }),
    example: {},
    results: {},
    mainResult: null,
    consume: ({ safe, throws }, { runtime, name, meter }) => {
      const { clock } = runtime
      const entry = name.split('/')[0] ?? name
      const lines: string[] = []
      collected.set(entry, lines)
      return (inputs) => ({
        done$: new Observable<never>((downstream) => {
          let open = inputs.length
          let done = false
          const readings = inputs.map(({ packets$ }) =>
            packets$.subscribe({
              next: ({ value, seq, lost }: Packet<number>) => {
                meter.took()
                lines.push(`${String(clock.nowMs())} ${String(seq)}=${String(value)} lost ${String(lost)}`)
                meter.gave(0, 0, clock.nowMs())
              },
              complete: () => {
                open--
                if (open === 0)
                  downstream.add(
                    clock.at(clock.nowMs() + safe, () => {
                      done = true
                      downstream.complete()
                    }),
                  )
              },
            }),
          )
          downstream.add(() => {
            for (const reading of readings) reading.unsubscribe()
            if (throws && !done) throw new Error('as it was let go')
          })
        }),
        results: {},
      })
    },
  })
}
