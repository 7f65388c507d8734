import { z } from 'zod'
import { defineGathering } from '../core/define.js'
import type { Origin, Packet } from '../core/packet.js'
import { listPort } from '../core/ports.js'
import { anyPort } from '../core/stage.js'
import { duration } from '../core/units.js'
import { Gathering } from './gathering.js'
import { type Alarm, keeping } from './keeping.js'

const packetCount = () => z.number().int().min(1).max(100_000)

const options = z
  .strictObject({
    time: duration({ above: 0 }).exactOptional().describe('it holds what was captured within so long of its beginning'),
    count: packetCount().exactOptional().describe('it holds so many packets'),
    every: duration({ above: 0 }).exactOptional().describe('the next begins so long after it began; time unless told'),
    step: packetCount().exactOptional().describe('the next begins so many packets after it began; count unless told'),
    most: packetCount().default(1000).describe('without a count it holds at most so many: the oldest go, as overflow'),
    partial: z.boolean().default(true).describe('whether the last one, cut short by the end, is given'),
  })
  .refine(({ time, count }) => time !== undefined || count !== undefined, {
    path: ['time'],
    message: 'a window needs a bound: write time: 1s, or count: 10, or both',
  })
  .refine(({ time, every }) => every === undefined || (time !== undefined && every <= time), {
    path: ['every'],
    message: 'must not be more than time, as what lies between two windows would be lost: throttle before it',
  })
  .refine(({ count, step }) => step === undefined || (count !== undefined && step <= count), {
    path: ['step'],
    message: 'must not be more than count, as what lies between two windows would be lost: throttle before it',
  })
  .refine(({ every, step }) => every === undefined || step === undefined, {
    path: ['step'],
    message: 'the next window begins by time or by count: leave out every or step',
  })

type Settings = z.output<typeof options>

/** Floating point is no reason to belong to the next window. */
const hairMs = 1e-6

/** The windows of one stream: when the one that is open closes, and with what the next one begins. */
export class Windows<T> {
  readonly gathering: Gathering<T>
  readonly #settings: Settings
  readonly #timeMs: number
  #beginMs = 0
  /** How long after its capture the packet came that it began with. */
  #delayMs = 0

  constructor(settings: Settings, gathering: Gathering<T>) {
    this.gathering = gathering
    this.#settings = settings
    this.#timeMs = settings.time ?? Infinity
  }

  /** Whether what was captured then comes too late for the open window. */
  isBeyond(capturedAtMs: number): boolean {
    return this.gathering.length > 0 && capturedAtMs >= this.#beginMs + this.#timeMs - hairMs
  }

  get full(): boolean {
    return this.gathering.length === this.#settings.count
  }

  /** When the open window has lasted its time on the clock, counted from the arrival of its first packet. */
  get dueMs(): number {
    return this.#beginMs + this.#timeMs + this.#delayMs
  }

  add(packet: Packet<T>, nowMs: number): void {
    const { gathering } = this
    if (gathering.length === 0) this.#begin(packet.capturedAtMs, nowMs - packet.capturedAtMs)
    else if (gathering.length === (this.#settings.count ?? this.#settings.most)) gathering.overflow()
    gathering.add(packet, nowMs)
  }

  close(): ReturnType<Gathering<T>['give']> {
    const { every, step } = this.#settings
    const { gathering } = this
    const nextMs = every === undefined ? null : this.#nextOnGrid(every)
    const leaving = nextMs === null ? Math.min(step ?? Infinity, gathering.length) : this.#countBefore(nextMs)
    const closed = gathering.give(leaving)
    const { first } = gathering
    if (first !== undefined) {
      const { capturedAtMs } = first.packet
      this.#begin(nextMs ?? capturedAtMs, first.sinceMs - capturedAtMs)
    }
    return closed
  }

  #begin(atMs: number, delayMs: number): void {
    this.#beginMs = atMs
    this.#delayMs = delayMs
  }

  /** The next beginning that leaves a packet behind: there are never more lists than packets (E7). */
  #nextOnGrid(everyMs: number): number {
    const firstMs = this.gathering.first?.packet.capturedAtMs ?? 0
    return this.#beginMs + everyMs * (Math.floor((firstMs - this.#beginMs + hairMs) / everyMs) + 1)
  }

  /** At least one, however coarse floating point is: one that leaves nothing behind would be given for ever. */
  #countBefore(atMs: number): number {
    return Math.max(1, this.gathering.countBefore(atMs - hairMs))
  }
}

/**
 * Gives lists of what came: so many packets, or what was captured within a time, or whichever is full first. For each origin.
 *
 *     in    -a-b-c-d-e-|
 *     out   ---x---y---z|    window({ count: 2 }): [a, b], [c, d], [e]
 *
 * A window begins with its first packet. One of time closes with the first packet beyond it; that of a live stream also by the
 * clock, when it has lasted its time since its first packet came, so that silence keeps nothing back. Order stays. With `every`
 * or `step` windows overlap. A list lasts from its first packet to the end of its last; `n` packets are counted as one given and
 * `n − 1` merged. Beyond `most` the oldest are dropped as `overflow`, and told as lost. A restart upstream ends a window. On
 * completion the last one is given though it is not full; with `partial: false` it is dropped as `empty`. Frames in a list are
 * lent, as others are.
 *
 * @example
 * pose$.pipe(window({ time: '1s', every: '200ms' }))
 */
export const window = defineGathering({
  name: 'window',
  summary: 'Gives lists of what came: so many packets, what was captured within a time, or whichever is full first.',
  input: anyPort,
  output: listPort,
  options,
  main: 'time',
  example: { time: '1s', count: 100 },
  metersItself: true,
  keeps: true,
  packets: (settings, context) =>
    keeping(context, ({ meter, give, alarm }) => {
      type One = { readonly windows: Windows<unknown>; readonly alarm: Alarm; epoch: number }
      const all = new Map<Origin, One>()

      const begin = ({ origin, epoch }: Packet<unknown>): One => {
        const windows = new Windows(settings, new Gathering<unknown>(meter))
        const closeDue = (nowMs: number): void => {
          while (windows.gathering.length > 0 && nowMs >= windows.dueMs) give(windows.close())
          if (windows.gathering.length > 0) one.alarm.set(windows.dueMs)
        }
        const one: One = { windows, alarm: alarm(closeDue), epoch }
        all.set(origin, one)
        return one
      }
      const cutShort = ({ gathering }: Windows<unknown>): void => {
        if (gathering.fresh && settings.partial) give(gathering.give(gathering.length))
        else gathering.end('empty')
      }

      return {
        take(packet, nowMs) {
          const one = all.get(packet.origin) ?? begin(packet)
          const { windows } = one
          if (packet.epoch > one.epoch) {
            one.epoch = packet.epoch
            cutShort(windows)
          }
          while (windows.isBeyond(packet.capturedAtMs)) give(windows.close())
          windows.add(packet, nowMs)
          if (windows.full) give(windows.close())
          // The time of what is recorded passes with its packets: it may be read faster than the clock goes, or slower.
          if (!packet.origin.live || settings.time === undefined) return
          if (windows.gathering.length > 0) one.alarm.set(windows.dueMs)
          else one.alarm.clear()
        },
        finish: () => {
          for (const { windows } of all.values()) cutShort(windows)
        },
        discard: () => {
          for (const { windows } of all.values()) windows.gathering.end('shutdown')
        },
      }
    }),
})
