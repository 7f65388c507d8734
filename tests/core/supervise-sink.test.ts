import { finalize, map, merge, Observable, Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { whyNoRestart } from '../../src/core/no-restart.js'
import { consumeSink } from '../../src/core/open-stage.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import { type AnySink, anyPort, definePort, type SinkInput, type StageContext } from '../../src/core/stage.js'
import { createRegistry } from '../../src/engine/registry.js'
import { contextOf, packetOf, virtualRuntime } from './births.js'

const measuredPort = definePort<number>('measured', 'what was written')
const restart = { afterMs: 10, upToMs: 10, most: 2, withinMs: 1000 }

/** A sink that writes numbers, dies of 13, and gives back what it has written. */
function writing(lives: string[][]): AnySink {
  return {
    kind: 'sink',
    name: 'writing',
    summary: 'Writes numbers.',
    input: anyPort,
    takes: 'channels',
    actuator: false,
    options: z.looseObject({}),
    example: {},
    results: { written: measuredPort },
    mainResult: 'written',
    consume: (_options: object, { meter }: StageContext) => {
      const life: string[] = []
      lives.push(life)
      return (inputs: readonly SinkInput<number>[]) => {
        const written$ = new Subject<Packet<number>>()
        const each = ({ name, packets$ }: SinkInput<number>): Observable<Packet<number>> =>
          packets$.pipe(
            map((packet) => {
              meter.took()
              if (packet.value === 13) throw new Error('the disk is full')
              life.push(`${name} ${String(packet.value)}`)
              meter.gave(0, 0, 0)
              const stamp = { kind: 'synthetic' } as const
              const origin = { name: 'writing', live: true }
              written$.next(createPacket({ origin, seq: packet.seq, capturedAtMs: 0, stamp, value: packet.value }))
              return packet
            }),
          )
        const done$ = new Observable<never>((downstream) =>
          merge(...inputs.map(each)).subscribe({
            error: (error: unknown) => {
              downstream.error(error)
            },
            complete: () => {
              downstream.complete()
            },
          }),
        )
        return { done$, results: { written: written$ } }
      }
    },
  }
}
test('a sink is built anew, fed from the same inputs, which never hear of it; who reads its results hears of all its lives', async () => {
  const { clock, runtime } = virtualRuntime()
  const context = contextOf(runtime, 'log', { onError: { restart } })
  const lives: string[][] = []
  const sources = { a: new Subject<Packet<number>>(), b: new Subject<Packet<number>>() }
  const let_go: string[] = []
  const inputs = Object.entries(sources).map(([name, source$]) => ({
    name,
    port: anyPort,
    packets$: source$.pipe(finalize(() => let_go.push(name))),
  }))
  const sink = consumeSink(writing(lives), {}, context)(inputs)
  const written: string[] = []
  const ends: string[] = []
  sink.results['written']?.subscribe({
    next: ({ value, epoch }) => written.push(`${String(value)} epoch ${String(epoch)}`),
    complete: () => ends.push('written'),
  })
  sink.done$.subscribe({ complete: () => ends.push('done') })
  const say = (name: 'a' | 'b', value: number): void => {
    sources[name].next(packetOf(value))
  }
  say('a', 1)
  say('b', 2)
  say('a', 13)
  say('b', 3) // nobody is there
  expect(let_go).toEqual([])
  await clock.run(() => false)
  say('b', 4)
  say('a', 5)
  sources.a.complete()
  say('b', 6)
  sources.b.complete()
  expect(lives).toEqual([
    ['a 1', 'b 2'],
    ['b 4', 'a 5', 'b 6'],
  ])
  expect(written).toEqual(['1 epoch 0', '2 epoch 0', '4 epoch 1', '5 epoch 1', '6 epoch 1'])
  expect(ends).toEqual(['written', 'done'])
  expect(context.meter.read(0)).toMatchObject({ in: 7, out: 5, dropped: { error: 2 }, held: 0, restarts: 1 })
})

test('what cannot be built anew is refused, with why: actuators, and what its viewers know', () => {
  const refused = [...createRegistry().values()].filter((stage) => whyNoRestart(stage) !== null)
  expect(refused.map(({ name }) => name)).toEqual(['reachy-mini', 'websocket'])
  const { runtime } = virtualRuntime()
  for (const stage of refused) {
    const consume = (): unknown =>
      consumeSink(stage as AnySink, stage.example, contextOf(runtime, stage.name, { onError: { restart } }))
    expect(consume).toThrow(/cannot be built anew after an error: (it moves something|its viewers know)/)
  }
})
