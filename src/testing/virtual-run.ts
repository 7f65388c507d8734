import type { Observable } from 'rxjs'
import { Observable as Source } from 'rxjs'
import { SaccadeError } from '../core/errors.js'
import { createPacket, type Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import { createVirtualClock, type VirtualClock } from '../core/virtual-clock.js'
import { expectNoLeaks, tracedPool } from './traced-pool.js'

/** A drawing of packets in time: `-` is 10 ms, a letter a packet, `(ab)` at one instant, `|` the end, `#` an error; blanks count nothing. */
export type Marbles = string

export type VirtualKit = {
  readonly clock: VirtualClock
  /** The runtime that stages built in the body capture. */
  readonly runtime: Runtime
  /** A live stream drawn in marbles: it does not wait for anyone. Values by letter, else the letter itself. */
  readonly hot: <T = string>(marbles: Marbles, values?: Readonly<Record<string, T>>) => Observable<Packet<T>>
  /** Says what a stream must give; compared when virtual time has run out. */
  readonly expectPackets: <T>(packets$: Observable<Packet<T>>) => {
    /** Values by letter, else the letter itself. */
    readonly toBe: (marbles: Marbles, values?: Readonly<Record<string, T>>) => void
    /** How many were lost before each packet, in order (E8). */
    readonly toSayLost: (counts: readonly number[]) => void
  }
}

const stepMs = 10

type Happening = { readonly atMs: number; readonly what: 'packet' | 'complete' | 'error'; readonly value?: unknown }

/**
 * Runs a pipeline on a virtual clock: no waiting, the same each time. Fails where a stream gives something else than was
 * drawn, and where a frame was not given back or was written to by someone else than its maker.
 *
 *     hot       -a-b-c-|
 *     expected  -a-b---|    with an operator between that drops c
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
    body({
      clock,
      runtime,
      hot: (marbles, values) => draw(clock, marbles, values),
      expectPackets: (packets$) => {
        const seen: Happening[] = []
        const lost: number[] = []
        packets$.subscribe({
          next: (packet) => {
            lost.push(packet.lost)
            seen.push({ atMs: clock.nowMs(), what: 'packet', value: packet.value })
          },
          error: () => seen.push({ atMs: clock.nowMs(), what: 'error' }),
          complete: () => seen.push({ atMs: clock.nowMs(), what: 'complete' }),
        })
        return {
          toBe: (marbles, values) => {
            checks.push(() => {
              compare(seen, read(marbles, values))
            })
          },
          toSayLost: (counts) => {
            checks.push(() => {
              if (lost.join() !== counts.join())
                throw new Error(`lost: expected ${counts.join()}, found ${lost.join()}`)
            })
          },
        }
      },
    })
  })
  await clock.run(() => false)
  for (const check of checks) check()
  expectNoLeaks(runtime)
}

function read(marbles: Marbles, values: Readonly<Record<string, unknown>> = {}): readonly Happening[] {
  const happenings: Happening[] = []
  let atMs = 0
  let together = false
  for (const mark of marbles.replaceAll(' ', '')) {
    if (mark === '(') together = true
    else if (mark === ')') together = false
    else if (mark === '|') happenings.push({ atMs, what: 'complete' })
    else if (mark === '#') happenings.push({ atMs, what: 'error' })
    else if (mark !== '-')
      happenings.push({ atMs, what: 'packet', value: Object.hasOwn(values, mark) ? values[mark] : mark })
    if (!together) atMs += stepMs
  }
  return happenings
}

let births = 0

function draw<T>(clock: VirtualClock, marbles: Marbles, values?: Readonly<Record<string, T>>): Observable<Packet<T>> {
  const origin = { name: `hot-${String(++births)}`, live: true }
  const startMs = clock.nowMs()
  return new Source((downstream) => {
    let seq = 0
    const cancels = read(marbles, values).map((happening) =>
      clock.at(startMs + happening.atMs, () => {
        if (happening.what === 'complete') downstream.complete()
        else if (happening.what === 'error') downstream.error(drawnError())
        else {
          const capturedAtMs = clock.nowMs()
          const stamp = { kind: 'synthetic' } as const
          downstream.next(createPacket({ origin, seq: seq++, capturedAtMs, stamp, value: happening.value as T }))
        }
      }),
    )
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
}

const drawnError = (): SaccadeError =>
  new SaccadeError('the error that was drawn', { code: 'stage', remedy: 'none is needed' })

function compare(seen: readonly Happening[], expected: readonly Happening[]): void {
  const told = (all: readonly Happening[]): string =>
    all
      .map(({ atMs, what, value }) => `${String(atMs)} ms ${what === 'packet' ? JSON.stringify(value) : what}`)
      .join('\n  ')
  if (told(seen) !== told(expected)) throw new Error(`expected\n  ${told(expected)}\nfound\n  ${told(seen)}`)
}
