import type { Origin } from '../core/packet.js'
import type { Arrival } from './any-arrivals.js'
import { fc } from './fast-check.js'
import { drawMarbles, type Marbles } from './marbles.js'
import { valueText } from './value-text.js'

/** An item of a schedule: where it comes from, and what it costs those behind. */
export type Item<T> = Arrival & {
  readonly value: T
  /** Of which origin of the schedule, and its place in that. */
  readonly origin: number
  readonly seq: number
  /** How long whoever takes it downstream is busy with it, holding its gate (E5). */
  readonly busyMs: number
  /** How long asynchronous work on it takes. */
  readonly costMs: number
  /** How many its source lost just before it (E8). */
  readonly lost: number
  /** How often its source was built anew (S3). */
  readonly epoch: number
}

export type Ending =
  | { readonly how: 'complete' | 'error' | 'cancel'; readonly atMs: number }
  /** The consumer has what it wants after so many, and unsubscribes. */
  | { readonly how: 'take'; readonly count: number }

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const ends = { complete: '|', error: '#', cancel: '!' } as const

/**
 * Who gives what when, how long each is busy, and how it ends. As text it is a drawing, in the marbles of `virtualRun`:
 *
 *     camera  -a-b-(cd)--|      items that arrive; | ends, # fails, ! is unsubscribed
 *     busy    a 20ms            the consumer, once it was given a
 *     cost    c 10ms            asynchronous work on c
 *     aged    d 30ms            captured so long before it arrives
 */
export class Schedule<T> {
  readonly items: readonly Item<T>[]
  readonly origins: readonly Origin[]
  readonly ending: Ending

  constructor(items: readonly Item<T>[], origins: readonly Origin[], ending: Ending) {
    this.items = items
    this.origins = origins
    this.ending = ending
  }

  /** When the last item arrives. */
  get lastAtMs(): number {
    return this.items.at(-1)?.atMs ?? 0
  }

  /** When the source ends, or is unsubscribed from. */
  get endAtMs(): number {
    return this.ending.how === 'take' ? this.lastAtMs + 10 : this.ending.atMs
  }

  with(parts: { readonly items?: readonly Item<T>[]; readonly ending?: Ending }): Schedule<T> {
    return new Schedule(parts.items ?? this.items, this.origins, parts.ending ?? this.ending)
  }

  toString(): string {
    const named = this.items.map((item, index) => ({ ...item, mark: letters[index] ?? '?' }))
    const each = (of: (item: Item<T>) => number, unit = 'ms'): string =>
      named
        .filter((item) => of(item) !== 0)
        .map((item) => `${item.mark} ${String(of(item))}${unit}`)
        .join(', ')
    const { ending } = this
    const end = ending.how === 'take' ? [] : [{ atMs: ending.atMs, mark: ends[ending.how] }]
    const streams = this.origins.map(({ name, live }, index): readonly [string, Marbles] => {
      const own = named.filter((item) => item.origin === index)
      const drawn = drawMarbles([...own, ...(index === 0 ? end : [])])
      return [live ? name : `${name}, waits`, drawn]
    })
    const lines: readonly (readonly [string, string])[] = [
      ...streams.filter(([, drawn], index) => index === 0 || drawn !== ''),
      ['busy', each(({ busyMs }) => busyMs)],
      ['cost', each(({ costMs }) => costMs)],
      ['aged', each(({ atMs, capturedAtMs }) => atMs - capturedAtMs)],
      ['lost', each(({ lost }) => lost, ' before it')],
      ['epoch', each(({ epoch }) => epoch, '')],
      ['takes', ending.how === 'take' ? String(ending.count) : ''],
      ['values', this.#values(named)],
    ]
    const shown = lines.filter(([name, text], index) => index === 0 || text !== '' || name === this.origins[0]?.name)
    const width = Math.max(...shown.map(([name]) => name.length)) + 2
    return shown.map(([name, text]) => `${name.padEnd(width)}${text}`).join('\n')
  }

  /** What a failing property prints. */
  [fc.toStringMethod](): string {
    return `\n${this.toString()}\n`
  }

  #values(named: readonly { readonly mark: string; readonly value: T }[]): string {
    const told = named
      .filter(({ value, mark }) => value !== mark)
      .map(({ mark, value }) => `${mark} ${valueText(value)}`)
    const text = told.join(', ')
    return text.length > 400 ? `${text.slice(0, 400)} …` : text
  }
}
