import fc from 'fast-check'
import { bufferCount, map, merge, NEVER, Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { applyOperator } from '../../src/core/apply-operator.js'
import { defineOperator } from '../../src/core/define.js'
import { SaccadeError } from '../../src/core/errors.js'
import type { Frame } from '../../src/core/frame.js'
import { CountingGate, freeGate } from '../../src/core/gate.js'
import { type Packet, withValue } from '../../src/core/packet.js'
import { createRandom } from '../../src/core/random.js'
import type { Runtime } from '../../src/core/runtime.js'
import { definePort, type OperatorDefinition, type Options, type Restart } from '../../src/core/stage.js'
import { supervise } from '../../src/core/supervise.js'
import { throughEdge } from '../../src/core/through-edge.js'
import type { VirtualClock } from '../../src/core/virtual-clock.js'
import { byOrigin } from '../../src/operators/by-origin.js'
import { queue } from '../../src/operators/queue.js'
import { packets } from '../../src/streams/packets.js'
import { contextOf, heldOf, live, packetOf, shapeOf, virtualRuntime } from './births.js'
import { Faults } from './faults.js'
import { anyRestart } from './restarts.js'
import { runs } from '../helpers/runs.js'

const numberPort = definePort<number>('number', 'a number')
const lifePort = definePort<Given>('given', 'a number, and the life that gave it')

/** An item, and which life of the stage answered it. */
type Given = { readonly value: number; readonly life: number }

const forms = ['each', 'work', 'packets'] as const
type Form = (typeof forms)[number]

/** How a stage behaves: of which items it dies, which of its lives cannot begin, how long an item takes it. */
type Behaviour = {
  readonly form: Form
  readonly dies: ReadonlySet<number>
  readonly stillborn: ReadonlySet<number>
}

/** A stage of one form that dies of some items. A life is counted when its factory is called. */
function mortal({ form, dies, stillborn }: Behaviour): OperatorDefinition<Options, number, Given> {
  let lives = 0
  const begin = (): number => {
    lives++
    if (stillborn.has(lives)) throw new Error(`life ${String(lives)} cannot begin`)
    return lives
  }
  const answer = (value: number, life: number): Given => {
    if (dies.has(value)) throw new Error(`cannot take ${String(value)}`)
    return { value, life }
  }
  const facts = {
    kind: 'operator' as const,
    name: 'mortal',
    summary: 'Dies of some items.',
    input: numberPort,
    output: lifePort,
    options: z.strictObject({}),
    example: {},
  }
  if (form === 'each')
    return {
      ...facts,
      each: () => {
        const life = begin()
        return (value) => answer(value, life)
      },
    }
  if (form === 'work')
    return {
      ...facts,
      work: () => {
        const life = begin()
        return (value) => Promise.resolve().then(() => answer(value, life))
      },
    }
  return {
    ...facts,
    packets: () => {
      const life = begin()
      return map((packet) => withValue(packet, answer(packet.value, life)))
    },
  }
}

/** Counts what it sees, for each origin, from 1 on after each restart upstream. */
const counting = defineOperator({
  name: 'counting',
  summary: 'Counts.',
  input: lifePort,
  output: definePort<Given & { readonly count: number }>('counted', 'what was given, counted'),
  options: z.strictObject({}),
  example: {},
  packets: () => (source) => {
    const counts = byOrigin(() => ({ count: 0 }))
    return source.pipe(map((packet) => withValue(packet, { ...packet.value, count: ++counts(packet).state.count })))
  },
})

type Schedule = Behaviour & {
  readonly restart: Restart
  readonly source: 'bare' | 'latest' | 'drop-oldest' | 'recorded'
  readonly gapsMs: readonly number[]
  readonly costMs: number
  readonly seed: number
  /** After how long it is let go in the middle; null: it runs to its end. */
  readonly letGoAtMs: number | null
}

const anySchedule: fc.Arbitrary<Schedule> = fc
  .record({
    form: fc.constantFrom(...forms),
    items: fc.array(fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 4 })), {
      minLength: 5,
      maxLength: 30,
    }),
    stillborn: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
    restart: anyRestart,
    source: fc.constantFrom('bare' as const, 'latest' as const, 'drop-oldest' as const, 'recorded' as const),
    costMs: fc.integer({ min: 0, max: 25 }),
    seed: fc.integer(),
    letGoAtMs: fc.option(fc.integer({ min: 0, max: 200 }), { freq: 3 }),
  })
  .map(({ items, stillborn, ...rest }) => ({
    ...rest,
    gapsMs: items.map(([gapMs]) => gapMs),
    dies: new Set([...items.keys()].filter((index) => items[index]?.[1] === 0)),
    // An `each` begins with its first item, which would be lost with it.
    stillborn: new Set(rest.form === 'each' ? [] : stillborn),
  }))

type Seen = {
  readonly log: string[]
  readonly given: Packet<Given & { readonly count: number }>[]
  readonly diedMs: number[]
  readonly bornMs: number[]
  readonly failures: unknown[]
  /** Deaths of what nothing followed. */
  lastWords: number
  completed: boolean
  fed: number
}

function arriving(clock: VirtualClock, gapsMs: readonly number[], fed: (count: number) => void) {
  return new Observable<Packet<number>>((downstream) => {
    let atMs = 0
    const cancels = gapsMs.map((gapMs, seq) => {
      atMs += gapMs
      return clock.at(atMs, () => {
        fed(seq + 1)
        downstream.next(packetOf(seq, { origin: live, seq, capturedAtMs: clock.nowMs() }))
        if (seq === gapsMs.length - 1) downstream.complete()
      })
    })
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
}

/** Conserved at this instant, and what the edge gave the stage has taken. */
function checkMeters(runtime: Runtime, isEdged: boolean): void {
  for (const meter of runtime.meters.values()) heldOf(meter)
  const taken = (runtime.meters.get('mortal')?.in ?? 0) + (runtime.meters.get('mortal/queue')?.held ?? 0)
  if (isEdged && !runtime.meters.has('mortal/queue')) expect(runtime.meters.get('queue')?.out).toBe(taken)
}

async function play(schedule: Schedule): Promise<Seen & { readonly runtime: Runtime; readonly clock: VirtualClock }> {
  const { gapsMs, source, restart, costMs, letGoAtMs, seed } = schedule
  const { clock, runtime } = virtualRuntime(
    (virtual) => ({ ...virtual, work: (key, start, deliver) => virtual.work({ ...key, costMs }, start, deliver) }),
    seed,
  )
  const seen: Seen = {
    log: [],
    given: [],
    diedMs: [],
    bornMs: [],
    failures: [],
    lastWords: 0,
    completed: false,
    fed: 0,
  }
  runtime.watch(({ atMs, text }) => {
    seen.log.push(`${String(atMs)} ${text}`)
    if (text.includes('is built anew')) seen.diedMs.push(atMs)
    if (text.includes('restarted after')) seen.bornMs.push(atMs)
    if (text.includes('nothing more is to come')) seen.lastWords++
  })
  const faults = new Faults()
  const isEdged = source === 'latest' || source === 'drop-oldest'
  const running = runtime.run(() => {
    const bare$ = arriving(clock, gapsMs, (count) => (seen.fed = count))
    const fed$ =
      source === 'recorded'
        ? packets(gapsMs.keys())
        : source === 'bare'
          ? bare$
          : bare$.pipe(queue({ whenFull: source, ...(source === 'latest' ? {} : { capacity: 3 }) }))
    const context = contextOf(runtime, 'mortal', { onError: { restart } })
    return fed$.pipe(applyOperator(mortal(schedule), {}, context), counting()).subscribe({
      next: (packet) => {
        faults.look(() => {
          expect(seen.completed || seen.failures.length > 0, 'S1').toBe(false)
          checkMeters(runtime, isEdged)
          if (source === 'latest' && schedule.form !== 'work')
            expect(packet.seq, 'fresh: the newest there is, also right after a restart').toBe(seen.fed - 1)
          expect(packet.epoch, 'the epoch is the number of restarts').toBe(seen.bornMs.length)
        })
        seen.given.push(packet)
        seen.log.push(`${String(clock.nowMs())} gave ${JSON.stringify(packet.value)}`)
      },
      error: (error: unknown) => {
        faults.look(() => {
          expect(seen.completed || seen.failures.length > 0, 'S1').toBe(false)
        })
        seen.failures.push(error)
      },
      complete: () => {
        faults.look(() => {
          expect(seen.completed || seen.failures.length > 0, 'S1').toBe(false)
        })
        seen.completed = true
      },
    })
  })
  if (letGoAtMs !== null)
    clock.at(letGoAtMs, () => {
      running.unsubscribe()
    })
  await clock.run(() => false)
  faults.check()
  return { ...seen, runtime, clock }
}

/** When each life begins, by the rule alone. */
function expectedBirths({ restart, seed }: Schedule, diedMs: readonly number[]): readonly number[] {
  const draw = createRandom(seed, 'mortal')
  const born: number[] = []
  for (const atMs of diedMs) {
    const before = born.filter((bornMs) => bornMs > atMs - restart.withinMs).length
    const usualMs = Math.min(restart.upToMs, restart.afterMs * 2 ** before)
    const leastMs = Math.max(restart.afterMs, usualMs * 0.75)
    born.push(atMs + leastMs + (Math.min(restart.upToMs, usualMs * 1.25) - leastMs) * draw())
  }
  return born
}

describe('a stage under restart', () => {
  test('law (S1, S3, E7, E8): it lives again by the rule, tells downstream, counts all and tells of every loss', async () => {
    const counts = { overflows: 0, deaths: 0, failures: 0, letGo: 0 }
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const { restart, gapsMs, source, letGoAtMs, form } = schedule
        const { given, diedMs, bornMs, failures, lastWords, completed, fed, runtime, clock } = await play(schedule)
        counts.deaths += diedMs.length > 0 ? 1 : 0
        counts.failures += failures.length
        counts.letGo += letGoAtMs !== null && !completed && failures.length === 0 ? 1 : 0
        counts.overflows += [...runtime.meters.values()].some((meter) => meter.droppedBy('overflow') > 0) ? 1 : 0

        // By the rule: when, and how often.
        const expected = expectedBirths(schedule, diedMs)
        for (const [index, atMs] of bornMs.entries()) expect(atMs).toBeCloseTo(expected[index] ?? NaN, 6)
        for (const fromMs of bornMs) {
          const within = bornMs.filter((atMs) => atMs >= fromMs && atMs - fromMs < restart.withinMs)
          expect(within.length).toBeLessThanOrEqual(restart.most)
        }

        // Announced: epoch by epoch, each by its own life, and what stands behind counts from 1 on.
        for (const [index, { epoch, value }] of given.entries()) {
          const before = given[index - 1]
          const isFirst = before === undefined || before.epoch < epoch
          expect(value.count).toBe(isFirst ? 1 : before.value.count + 1)
          if (form !== 'each') expect(value.life).toBe(epoch + 1)
          if (before !== undefined) {
            expect(epoch).toBeGreaterThanOrEqual(before.epoch)
            expect(value.value, 'order').toBeGreaterThan(before.value.value)
          }
        }

        // Every loss is told by the next packet.
        let told = 0
        for (const { lost, seq } of given) {
          told += lost + 1
          expect(told).toBe(seq + 1)
        }

        // Nothing is held, nothing waits, and the state says how it ended.
        for (const meter of runtime.meters.values()) expect(heldOf(meter)).toBe(0)
        expect(clock.timers()).toBe(0)
        await runtime.closed()
        const stage = runtime.meters.get('mortal')?.read(clock.nowMs())
        expect(stage?.restarts).toBe(bornMs.length)
        const ended = failures.length > 0 ? 'failed' : completed ? 'completed' : 'stopped'
        expect(stage?.state).toBe(ended)
        if (ended === 'stopped') expect(letGoAtMs).not.toBeNull()
        if (failures.length > 0) {
          expect(failures).toMatchObject([{ name: 'SaccadeError', stage: 'mortal' }])
          const { message } = failures[0] as SaccadeError
          expect(message).toMatch(/given up after \d restarts? within/)
          expect(bornMs.filter((atMs) => clock.nowMs() - atMs < restart.withinMs).length).toBeLessThanOrEqual(
            restart.most,
          )
        }

        // A recorded source loses nothing but what the stage died of, and the one by which it made itself known to a stage
        // that was down.
        if (source === 'recorded' && completed) {
          const lost = new Set([...schedule.dies, ...(schedule.stillborn.has(1) ? [0] : [])])
          expect(given.map(({ value }) => value.value)).toEqual([...gapsMs.keys()].filter((value) => !lost.has(value)))
          expect(stage?.dropped).toEqual(lost.size === 0 ? {} : { error: lost.size })
        }
        // With an edge before it, only what it died of is lost in the stage: the rest waits, or is dropped, in the edge.
        if ((source === 'latest' || source === 'drop-oldest') && schedule.stillborn.size === 0) {
          const died = [...given.map(({ seq }) => seq), ...schedule.dies]
          expect(stage?.dropped['error'] ?? 0).toBe(diedMs.length + failures.length + lastWords)
          expect(new Set(died).size).toBe(died.length)
        }
        // Nor does one without an edge lose what is not counted.
        if (source === 'bare' && completed) {
          const waiting = runtime.meters.get('mortal/queue')?.read(0)
          expect((stage?.in ?? 0) + Object.values(waiting?.dropped ?? {}).reduce((sum, count) => sum + count, 0)).toBe(
            fed,
          )
        }
      }),
      { numRuns: runs(1000) },
    )
    // The schedules are worth their name.
    const of = runs(1000)
    expect(counts.deaths).toBeGreaterThan(of / 2)
    expect(counts.failures).toBeGreaterThan(of / 10)
    expect(counts.letGo).toBeGreaterThan(of / 10)
    expect(counts.overflows).toBeGreaterThan(of / 10)
  })

  test('law (T2): the same seed gives the same run, to the last word', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        expect((await play(schedule)).log).toEqual((await play(schedule)).log)
      }),
      { numRuns: runs(200) },
    )
  })

  const lives = { afterMs: 100, upToMs: 400, most: 2, withinMs: 60_000 }

  /** A stage that dies of what it is told to, on its own. */
  function alone(dies: readonly number[] = [], restart: Restart = lives, form: Form = 'packets') {
    const { clock, runtime } = virtualRuntime()
    const told: string[] = []
    runtime.watch(({ text }) => told.push(text))
    const stage = mortal({ form, dies: new Set(dies), stillborn: new Set() })
    const context = contextOf(runtime, 'mortal', { onError: { restart } })
    const log: string[] = []
    const listen = (source: Observable<Packet<number>>) =>
      runtime
        .run(() => source.pipe(applyOperator(stage, {}, context)))
        .subscribe({
          next: ({ value, lost, epoch }) => {
            const marks = `${lost > 0 ? ` lost ${String(lost)}` : ''}${epoch > 0 ? ` epoch ${String(epoch)}` : ''}`
            log.push(`${String(clock.nowMs())} ${String(value.value)}${marks}`)
          },
          error: (error: SaccadeError) => log.push(`${String(clock.nowMs())} ${error.code}: ${error.message}`),
          complete: () => log.push(`${String(clock.nowMs())} |`),
        })
    return { clock, runtime, told, log, listen, meter: context.meter }
  }

  test('as it is told: to people, downstream, and on its state', async () => {
    const { clock, runtime, told, log, listen, meter } = alone([1, 5])
    const states: string[] = []
    const running = listen(
      arriving(
        clock,
        Array.from({ length: 8 }, () => 50),
        () => undefined,
      ),
    )
    for (const atMs of [120, 260, 440])
      clock.at(atMs, () => {
        const { state, restarts, error } = meter.read(atMs)
        states.push(`${state} ${String(restarts)} ${error ?? ''}`)
      })
    await clock.run(() => false)
    running.unsubscribe()
    expect(log).toEqual(['50 0', '250 4 lost 3 epoch 1', '400 |'])
    // The second death, at 300 ms, leaves it down until after the source has ended.
    expect(states).toEqual(['restarting 0 cannot take 1', 'running 1 ', 'completed 1 '])
    expect(told.map((text) => text.replace(/\d+ ms/g, '… ms'))).toEqual([
      'mortal: cannot take 1 → it is built anew in … ms',
      'mortal: restarted after … ms (1 of at most 2 in 60 s)',
      'mortal: cannot take 5 → it is built anew in … ms',
    ])
    expect(meter.droppedBy('error')).toBe(6)
    expect(runtime.clock.timers()).toBe(0)
  })

  test('after the most that is allowed it fails, and says so', async () => {
    const { clock, log, listen, meter } = alone([0, 1, 2], { afterMs: 1, upToMs: 1, most: 2, withinMs: 1000 })
    listen(packets([0, 1, 2, 3]))
    await clock.run(() => false)
    expect(log).toEqual(['2 stage: cannot take 2; given up after 2 restarts within 1 s'])
    expect(meter.read(2)).toMatchObject({ state: 'failed', restarts: 2, dropped: { error: 3 }, held: 0 })
  })

  test('what another life would fail of again ends it at once', async () => {
    const { clock, runtime, told } = alone()
    const failing = applyOperator(
      {
        ...mortal({ form: 'packets', dies: new Set(), stillborn: new Set() }),
        packets: () => () =>
          throwError(() => new SaccadeError('no encoder', { code: 'missing', remedy: 'install it' })),
      },
      {},
      contextOf(runtime, 'other', { onError: { restart: lives } }),
    )
    const errors: unknown[] = []
    runtime.run(() => NEVER.pipe(failing)).subscribe({ error: (error) => errors.push(error) })
    await clock.run(() => false)
    expect(errors).toMatchObject([{ code: 'missing', message: 'no encoder', stage: 'other' }])
    expect(told).toEqual([])
  })

  test('what a life held when it died is counted with it, also where the stage itself does not', async () => {
    const { clock, runtime } = virtualRuntime()
    const context = contextOf(runtime, 'pairs', { onError: { restart: lives } })
    const pairs: OperatorDefinition<Options, number, number> = {
      ...mortal({ form: 'each', dies: new Set(), stillborn: new Set() }),
      output: numberPort,
      packets: () => (source) =>
        source.pipe(
          bufferCount(3),
          map(([first, second]) => {
            if (first?.value === 0) throw new Error('not that one')
            return second ?? expect.unreachable()
          }),
        ),
    }
    delete (pairs as { each?: unknown }).each
    const given: number[] = []
    packets([0, 1, 2, 3, 4, 5])
      .pipe(applyOperator(pairs, {}, context))
      .subscribe(({ value, lost }) => given.push(value, lost))
    await clock.run(() => false)
    expect(given).toEqual([4, 0])
    expect(context.meter.droppedBy('error')).toBe(3)
  })

  test('an error from upstream goes through, be it up or down: no life of this stage can mend it', async () => {
    for (const endMs of [10, 30]) {
      const { clock, runtime, log, listen, meter } = alone([1])
      const source$ = new Subject<Packet<number>>()
      listen(source$)
      clock.at(5, () => {
        source$.next(packetOf(0))
      })
      clock.at(20, () => {
        source$.next(packetOf(1, { seq: 1 }))
      })
      clock.at(endMs, () => {
        source$.error(new SaccadeError('pulled out', { code: 'medium', remedy: 'plug it in' }))
      })
      await clock.run(() => false)
      expect(log).toEqual(['5 0', `${String(endMs)} medium: pulled out`])
      expect(meter.read(0)).toMatchObject({ state: 'failed', error: 'pulled out', held: 0 })
      expect(runtime.clock.timers()).toBe(0)
    }
  })

  test('law (E5): while it is down every feeder that it knows is held, and let go when it lives again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.constantFrom(...forms), async (feeders, form) => {
        const { clock, listen } = alone([99], lives, form)
        const gates = Array.from({ length: feeders }, () => new CountingGate(() => undefined))
        const source$ = new Subject<Packet<number>>()
        const running = listen(source$)
        const open = (): number => gates.filter((gate) => gate.open).length
        for (const [seq, gate] of gates.entries())
          clock.at(seq, () => {
            source$.next(packetOf(seq, { seq, gate }))
          })
        const [first] = gates
        clock.at(20, () => {
          expect(open()).toBe(feeders)
          if (first !== undefined) source$.next(packetOf(99, { seq: 99, gate: first }))
        })
        clock.at(30, () => {
          expect(open()).toBe(0)
        })
        await clock.run(() => false)
        expect(open()).toBe(feeders)
        running.unsubscribe()
      }),
      { numRuns: runs(50) },
    )
  })

  test('of two feeders the one that is let go second stays held, where the first kills it again', async () => {
    const { clock, runtime } = virtualRuntime()
    const { meter } = contextOf(runtime, 'pair')
    const context = { runtime, name: 'pair', meter, how: {} }
    let first: CountingGate | null = null
    const sources = [new Subject<Packet<number>>(), new Subject<Packet<number>>()] as const
    first = new CountingGate(() => {
      sources[0].next(packetOf(1, { gate: first ?? freeGate }))
    })
    const second = new CountingGate(() => undefined)
    let lifes = 0
    const running = supervise<number>(
      sources.map((packets$) => ({ packets$, meter })),
      ([one$, two$]) => {
        lifes++
        return merge(one$ ?? NEVER, two$ ?? NEVER).pipe(
          map((packet) => {
            if (packet.value === 1) throw new Error('again')
            return packet as Packet<number>
          }),
        )
      },
      { restart: lives, changing: null },
      context,
    ).subscribe({ error: () => undefined })
    sources[0].next(packetOf(0, { gate: first }))
    sources[1].next(packetOf(0, { gate: second }))
    sources[0].next(packetOf(1, { gate: first }))
    await clock.run(() => lifes === 2)
    expect([first.open, second.open]).toEqual([false, false])
    running.unsubscribe()
    expect(second.open).toBe(true)
  })

  test.each([
    ['while it lives', 5],
    ['while it is down', 15],
  ])(
    'S4: a side that dies %s takes nothing with it: each life hears of it, and what is built anew still is',
    async (_, atMs) => {
      const { clock, runtime } = virtualRuntime()
      const { meter } = contextOf(runtime, 'pair')
      const side = contextOf(runtime, 'pair/side').meter
      const [main$, side$] = [new Subject<Packet<number>>(), new Subject<Packet<number>>()]
      const log: string[] = []
      supervise<number>(
        [
          { packets$: main$, meter },
          { packets$: side$, meter: side, spare: true },
        ],
        ([one$, two$], life) => {
          two$?.subscribe({ error: ({ message }: Error) => log.push(`life ${String(life)} hears: ${message}`) })
          return (one$ ?? NEVER).pipe(
            map((packet) => {
              if (packet.value === 1) throw new Error('again')
              return packet as Packet<number>
            }),
          )
        },
        { restart: lives, changing: null },
        { runtime, name: 'pair', meter, how: {} },
      ).subscribe({ next: ({ value }) => log.push(String(value)), error: () => log.push('failed') })
      clock.at(atMs, () => {
        side$.error(new Error('the side'))
      })
      for (const [value, whenMs] of [
        [0, 0],
        [1, 10],
        [2, 1000],
        [1, 1010],
        [3, 2000],
      ] as const)
        clock.at(whenMs, () => {
          main$.next(packetOf(value))
        })
      await clock.run(() => clock.nowMs() >= 2000)
      const heard = (life: number): string => `life ${String(life)} hears: the side`
      expect(log).toEqual(
        atMs === 5 ? ['0', heard(0), heard(1), '2', heard(2), '3'] : ['0', heard(1), '2', heard(2), '3'],
      )
    },
  )

  test('stopped while it is down it does not come back: what waits is discarded, and it completes with its source', async () => {
    const { clock, runtime, log, listen, meter } = alone([1])
    const source$ = new Subject<Packet<number>>()
    const edge = contextOf(runtime, 'queue')
    listen(throughEdge(source$, { whenFull: 'drop-oldest', capacity: 5, maxAgeMs: null }, edge))
    for (const seq of [0, 1, 2, 3])
      clock.at(seq, () => {
        source$.next(packetOf(seq, { seq }))
      })
    clock.at(10, () => {
      runtime.stop()
      source$.complete()
    })
    await clock.run(() => false)
    expect(log).toEqual(['0 0', '10 |'])
    expect(meter.read(10)).toMatchObject({ in: 4, out: 1, dropped: { error: 1, shutdown: 2 }, state: 'completed' })
    expect(edge.meter.read(10)).toMatchObject({ in: 4, out: 4, state: 'completed' })
    expect(runtime.clock.timers()).toBe(0)
  })

  test('what it dies of when nothing more is to come is only counted', async () => {
    const { clock, runtime, told, log, listen, meter } = alone([1], lives, 'work')
    listen(of(packetOf(0), packetOf(1, { seq: 1 })))
    await clock.run(() => false)
    await runtime.closed()
    expect(log).toEqual(['0 0', '0 |'])
    expect(told).toEqual(['mortal: cannot take 1 → nothing more is to come, so it is not built anew'])
    expect(meter.read(0)).toMatchObject({ state: 'completed', dropped: { error: 1 }, held: 0 })
  })

  test('law (S6): frames come home over all lives', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async ({ gapsMs, dies, restart, costMs, seed, letGoAtMs }) => {
        const { clock, runtime } = virtualRuntime(
          (virtual) => ({
            ...virtual,
            work: (key, start, deliver) => virtual.work({ ...key, costMs }, start, deliver),
          }),
          seed,
        )
        const pictures = definePort<Frame>('picture', 'a frame', 'video')
        const stage: OperatorDefinition<Options, Frame, number> = {
          kind: 'operator',
          name: 'look',
          summary: 'Looks at pictures.',
          input: pictures,
          output: numberPort,
          options: z.strictObject({}),
          example: {},
          work:
            () =>
            (frame, { packet }) => {
              if (dies.has(packet.seq)) throw new Error('not this one')
              return Promise.resolve(frame.bytes.length)
            },
        }
        const source$ = arriving(clock, gapsMs, () => undefined)
        const framed$ = new Observable<Packet<Frame>>((downstream) =>
          source$.subscribe({
            next: (packet) => {
              const frame = runtime.pool.lease(shapeOf(2, 2))
              downstream.next(withValue(packet, frame))
              frame.release()
            },
            complete: () => {
              downstream.complete()
            },
          }),
        )
        const running = runtime.run(() =>
          framed$.pipe(
            queue({ whenFull: 'drop-oldest', capacity: 3 }),
            applyOperator(stage, {}, contextOf(runtime, 'look', { onError: { restart } })),
          ),
        )
        const subscription = running.subscribe({ error: () => undefined })
        if (letGoAtMs !== null)
          clock.at(letGoAtMs, () => {
            subscription.unsubscribe()
          })
        await clock.run(() => false)
        await runtime.closed()
        expect(runtime.pool.count().lent).toBe(0)
      }),
      { numRuns: runs(200) },
    )
  })
})
