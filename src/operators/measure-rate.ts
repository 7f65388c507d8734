import { Observable } from 'rxjs'
import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { drive } from '../core/drive.js'
import { aggregate, type Origin, type Packet, withValue } from '../core/packet.js'
import { type MeasuredRate, ratePort } from '../core/ports.js'
import { anyPort } from '../core/stage.js'
import { duration } from '../core/units.js'

const options = z.strictObject({
  every: duration({ above: 0 }).prefault('1s').describe('how long it measures for each figure, by capture time'),
})

type Item = { readonly seq: number; readonly capturedAtMs: number }

/** To the microsecond: what floating point adds to a steady stream is no jitter. */
const rounded = (valueMs: number): number => Math.round(valueMs * 1000) / 1000

/** Floating point is no reason to wait for one more. */
const hairMs = 1e-6

/**
 * Measures one stream, span by span: a span begins with the last item of the one before it, so that no time falls between.
 * The deviation is that of Welford, which stays exact where times are large.
 */
export class RateSpan {
  #begin: Item | null = null
  #last: Item | null = null
  #count = 0
  #meanMs = 0
  #squares = 0
  #longestMs = 0

  add(item: Item): void {
    const last = this.#last
    this.#last = item
    this.#begin ??= item
    if (last === null) return
    const gapMs = item.capturedAtMs - last.capturedAtMs
    const off = gapMs - this.#meanMs
    this.#count++
    this.#meanMs += off / this.#count
    this.#squares += off * (gapMs - this.#meanMs)
    this.#longestMs = Math.max(this.#longestMs, gapMs)
  }

  get lengthMs(): number {
    return (this.#last?.capturedAtMs ?? 0) - (this.#begin?.capturedAtMs ?? 0)
  }

  /** Null while no time has passed: of equal stamps there is no rate. Begins the next span. */
  read(): MeasuredRate | null {
    const [begin, last] = [this.#begin, this.#last]
    const lengthMs = this.lengthMs
    if (begin === null || last === null || lengthMs <= 0) return null
    const measured = {
      hz: Math.round((this.#count * 1e9) / lengthMs) / 1e6,
      jitterMs: rounded(Math.sqrt(this.#squares / this.#count)),
      longestMs: rounded(this.#longestMs),
      gaps: Math.max(0, last.seq - begin.seq - this.#count),
    }
    this.#begin = last
    this.#count = 0
    this.#meanMs = 0
    this.#squares = 0
    this.#longestMs = 0
    return measured
  }
}

/**
 * Measures how regularly a stream comes, by its own capture times: whether a camera of 30 fps is one.
 *
 *     in    -a-a-a---a-a-a-a-    of each origin on its own
 *     out   ---------r-------r    {hz, jitterMs, longestMs, gaps}
 *
 * A figure for each span of `every`, given with the packet that ends it; silence shows as `longestMs`, once it is over. A figure
 * lasts from its first packet to the end of its last; the other packets of its span are counted as merged. Nothing is kept of a
 * value. On completion, and at a restart upstream, what there is so far is given; dropped as `empty` where no time has passed.
 *
 * @example
 * media('demo:demo.mp4').video$.pipe(measureRate('1s'))
 */
export const measureRate = defineOperator({
  name: 'measure-rate',
  summary: 'Measures how regularly a stream comes, by its own capture times.',
  input: anyPort,
  output: ratePort,
  options,
  main: 'every',
  example: { every: '1s' },
  packets:
    ({ every }, { meter }) =>
    (source) =>
      new Observable((downstream) => {
        /** `pending` is what has come since the last figure: its first and its last packet, without their values. */
        type Pending = { readonly first: Packet<null>; last: Packet<null>; lost: number }
        type One = { span: RateSpan; pending: Pending | null; epoch: number; untold: number }
        const all = new Map<Origin, One>()

        const figureOf = (one: One): Packet<MeasuredRate> | null => {
          const { pending } = one
          if (pending === null) return null
          one.pending = null
          const measured = one.span.read()
          if (measured !== null) return aggregate(pending.first, pending.last, pending.lost, measured)
          one.untold = pending.lost
          meter.dropped('empty')
          return null
        }

        downstream.add(() => {
          for (const one of all.values()) {
            if (one.pending !== null) meter.dropped('shutdown')
            one.pending = null
          }
        })
        drive(
          source,
          downstream,
          (packet: Packet<unknown>) => {
            const { origin, epoch } = packet
            const plain = withValue(packet, null)
            const one = all.get(origin) ?? { span: new RateSpan(), pending: null, epoch, untold: 0 }
            all.set(origin, one)
            let figure: Packet<MeasuredRate> | null = null
            if (epoch > one.epoch) {
              figure = figureOf(one)
              one.span = new RateSpan()
              one.epoch = epoch
            }
            one.span.add(packet)
            if (one.pending === null) {
              one.pending = { first: plain, last: plain, lost: packet.lost + one.untold }
              one.untold = 0
            } else {
              one.pending.last = plain
              one.pending.lost += packet.lost
              meter.merged()
            }
            if (one.span.lengthMs >= every - hairMs) figure = figureOf(one)
            if (figure !== null) downstream.next(figure)
          },
          () => {
            for (const one of all.values()) {
              const figure = figureOf(one)
              if (figure !== null) downstream.next(figure)
            }
            downstream.complete()
          },
        )
      }),
})
