import type { Observable } from 'rxjs'
import { asSaccadeError } from '../core/errors.js'
import type { Frame } from '../core/frame.js'
import type { DropReason } from '../core/meter.js'
import type { Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import { createVirtualClock, type VirtualClock } from '../core/virtual-clock.js'
import { type Happening, type Marbles, readMarbles } from './marbles.js'
import type { Picture } from './picture.js'
import { expectNoLeaks, tracedPool } from './traced-pool.js'
import { valueText } from './value-text.js'
import { coldStream, type DrawnStream, hotStream, recordedStream } from './virtual-source.js'

type Values<T> = Readonly<Record<string, T>>
/** Values by letter, else the letter itself; a `picture()` is lent as a frame. */
type Draw = <T = string>(marbles: Marbles, values?: Values<T>) => DrawnStream<T extends Picture ? Frame : T>

export type StageCounts = {
  readonly in?: number
  readonly out?: number
  readonly held?: number
  readonly merged?: number
  /** All that was dropped, by reason. */
  readonly dropped?: Readonly<Partial<Record<DropReason, number>>>
}

export type VirtualKit = {
  readonly clock: VirtualClock
  /** The runtime that stages built in the body capture. */
  readonly runtime: Runtime
  /** A live stream that runs from now on, whoever listens; it waits for nobody. */
  readonly hot: Draw
  /** A live stream that begins anew for each who subscribes; it waits for nobody. */
  readonly cold: Draw
  /** A recorded stream: each item waits for its time, and until its gate is open (E5). */
  readonly recorded: Draw
  /** Says what a stream must give; compared when virtual time has run out. */
  readonly expectPackets: <T>(packets$: Observable<Packet<T>>) => {
    /** Values by letter, else the letter itself; of an error that is drawn, what its message must say or what its code must be. */
    readonly toBe: (marbles: Marbles, values?: Values<unknown>, error?: string | RegExp) => void
    /** How many were lost before each packet, in order (E8). */
    readonly toSayLost: (counts: readonly number[]) => void
  }
  /** Says from when to when a drawn stream must be subscribed to, for each who subscribes: `^--!`. */
  readonly expectSubscriptions: (stream: DrawnStream<unknown>) => { readonly toBe: (...marbles: Marbles[]) => void }
  /** Says what a stage must have counted, by its name: `queue`, `detect-faces/queue`. What is not said is not compared. */
  readonly expectStage: (name: string) => { readonly toCount: (counts: StageCounts) => void }
}

/**
 * Runs a pipeline on a virtual clock: no waiting, the same each time. Fails where a stream gives something else than was
 * drawn, where someone is subscribed for longer, where a stage counts otherwise, and where a frame was not given back or was
 * written to by someone else than its maker.
 *
 *     hot            -a-b-c-|
 *     subscriptions  ^------!
 *     expected       -a-b---|    with an operator between that drops c
 *
 * @example
 * await virtualRun(({ hot, expectPackets }) => {
 *   expectPackets(hot('-a-b|').pipe(mapValue((v) => v.toUpperCase()))).toBe('-A-B|')
 * })
 * @throws Error with both drawings
 */
export async function virtualRun(body: (kit: VirtualKit) => void): Promise<void> {
  const clock = createVirtualClock()
  const runtime = new Runtime({ clock, pool: tracedPool() })
  const checks: (() => void)[] = []
  runtime.run(() => {
    body(createKit(clock, runtime, checks))
  })
  await clock.run(() => false)
  for (const check of checks) check()
  expectNoLeaks(runtime)
}

function createKit(clock: VirtualClock, runtime: Runtime, checks: (() => void)[]): VirtualKit {
  const ground = { clock, pool: runtime.pool }
  let births = 0
  const origin = (kind: string, live: boolean): { name: string; live: boolean } => {
    return { name: `${kind}-${String(++births)}`, live }
  }
  return {
    clock,
    runtime,
    hot: (marbles, values) => hotStream(ground, origin('hot', true), readMarbles(marbles, values)),
    cold: (marbles, values) => coldStream(ground, origin('cold', true), readMarbles(marbles, values)),
    recorded: (marbles, values) => recordedStream(ground, origin('recorded', false), readMarbles(marbles, values)),
    expectPackets(packets$) {
      const seen: Happening[] = []
      const lost: number[] = []
      packets$.subscribe({
        next: (packet) => {
          lost.push(packet.lost)
          // As text at once: a frame is lent for the length of next.
          seen.push({ atMs: clock.nowMs(), what: 'packet', value: valueText(packet.value) })
        },
        error: (value: unknown) => seen.push({ atMs: clock.nowMs(), what: 'error', value }),
        complete: () => seen.push({ atMs: clock.nowMs(), what: 'complete' }),
      })
      return {
        toBe(marbles, values, error) {
          checks.push(() => {
            compare(
              linesOf(readMarbles(marbles, values), (one) => valueText(one.value)),
              linesOf(seen, (one) => String(one.value)),
            )
            const failure = seen.find(({ what }) => what === 'error')?.value
            if (error !== undefined) compareError(failure, error)
          })
        },
        toSayLost(counts) {
          checks.push(() => {
            compare([`lost before each: ${counts.join(', ')}`], [`lost before each: ${lost.join(', ')}`])
          })
        },
      }
    },
    expectSubscriptions: ({ subscriptions }) => ({
      toBe(...marbles) {
        checks.push(() => {
          compare(
            marbles.map((drawing) => intervalOf(readMarbles(drawing))),
            subscriptions.map(({ fromMs, toMs }) => interval(fromMs, toMs)),
          )
        })
      },
    }),
    expectStage: (name) => ({
      toCount(counts) {
        checks.push(() => {
          const meter = runtime.meters.get(name)
          if (meter === undefined)
            throw new Error(`there is no stage ${name}: there are ${[...runtime.meters.keys()].join(', ')}`)
          const read = meter.read(clock.nowMs())
          const told = (all: StageCounts): string[] =>
            Object.keys(counts).map((what) => `${name} ${what}: ${valueText(sorted(all[what as keyof StageCounts]))}`)
          compare(told(counts), told(read))
        })
      },
    }),
  }
}

const sorted = (counts: StageCounts[keyof StageCounts]): unknown =>
  typeof counts === 'object' ? Object.fromEntries(Object.entries(counts).sort()) : counts

const interval = (fromMs: number | undefined, toMs: number | null | undefined): string =>
  `subscribed from ${fromMs === undefined ? 'never' : `${String(fromMs)} ms`} to ${toMs === undefined || toMs === null ? 'the end' : `${String(toMs)} ms`}`

const intervalOf = (drawn: readonly Happening[]): string =>
  interval(
    drawn.find(({ what }) => what === 'subscribed')?.atMs,
    drawn.find(({ what }) => what === 'unsubscribed')?.atMs,
  )

function linesOf(all: readonly Happening[], told: (one: Happening) => string): readonly string[] {
  return all.map((one) => `${String(one.atMs)} ms ${one.what === 'packet' ? told(one) : one.what}`)
}

function compare(expected: readonly string[], found: readonly string[]): void {
  if (expected.join('\n') !== found.join('\n'))
    throw new Error(`expected\n  ${expected.join('\n  ')}\nfound\n  ${found.join('\n  ')}`)
}

function compareError(thrown: unknown, expected: string | RegExp): void {
  const { code, message } = asSaccadeError(thrown, { code: 'internal', remedy: 'none' })
  const fits = typeof expected === 'string' ? code === expected || message.includes(expected) : expected.test(message)
  if (!fits) throw new Error(`expected the error ${String(expected)}\nfound ${code}: ${message}`)
}
