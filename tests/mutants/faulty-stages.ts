import { filter, interval, map, mergeMap, Observable, of, type OperatorFunction, takeUntil, tap } from 'rxjs'
import { z } from 'zod'
import type { Frame } from '../../src/core/frame.js'
import { defineOperator } from '../../src/core/define.js'
import { drive } from '../../src/core/drive.js'
import { createPacket, type Origin, type Packet, withValue } from '../../src/core/packet.js'
import { type Detections, detectionsPort, picturePort } from '../../src/core/ports.js'
import { anyPort, definePort, type StageContext } from '../../src/core/stage.js'
import type { Defined } from '../../src/testing/exam.js'

type Numbers = OperatorFunction<Packet<number>, Packet<number>>

const numberPort = definePort<number>('number', 'a number')
const plain = { summary: 'It is broken.', options: z.strictObject({}), example: {} } as const

const ofNumbers = (packets: (context: StageContext) => Numbers): Defined =>
  defineOperator({
    ...plain,
    name: 'broken',
    input: numberPort,
    output: numberPort,
    packets: (_, context) => packets(context),
  })

const ofPictures = (packets: (context: StageContext) => OperatorFunction<Packet<Frame>, Packet<unknown>>): Defined =>
  defineOperator({
    ...plain,
    name: 'broken',
    input: picturePort,
    output: anyPort,
    packets: (_, context) => packets(context),
  })

/** An operator in the plainest form: it says what becomes of a packet, and of the end. */
function each<In, Out>(
  next: (packet: Packet<In>, give: (packet: Packet<Out>) => void) => void,
  end: (downstream: { complete(): void; next(packet: Packet<Out>): void }) => void = (downstream) => {
    downstream.complete()
  },
): OperatorFunction<Packet<In>, Packet<Out>> {
  return (source) =>
    new Observable((downstream) => {
      drive(
        source,
        downstream,
        (packet) => {
          next(packet, (given) => {
            downstream.next(given)
          })
        },
        () => {
          end(downstream)
        },
      )
    })
}

export type Mutant = {
  readonly rule: string
  readonly what: string
  readonly stage: Defined
  /** What else breaks with it, as one follows from the other. */
  readonly others?: readonly string[]
}

export const mutants: readonly Mutant[] = [
  {
    rule: 'P1',
    what: 'gives the time of the result for that of the capture',
    stage: ofNumbers(({ runtime }) => map((packet) => ({ ...packet, capturedAtMs: runtime.clock.nowMs() }))),
  },
  {
    rule: 'P1',
    what: 'adds a field to the packet',
    stage: ofNumbers(() => map((packet) => ({ ...packet, extra: 1 }))),
  },
  {
    rule: 'P1',
    what: 'counts the packets anew',
    others: ['E8', 'S2', 'S3'],
    stage: ofNumbers(() => {
      let seq = 1000
      return map((packet) => ({ ...packet, seq: seq++ }))
    }),
  },
  {
    rule: 'P1',
    what: 'makes an origin of its own',
    stage: ofNumbers(() => map((packet) => ({ ...packet, origin: { ...packet.origin } }))),
  },
  {
    rule: 'P1',
    what: "calls a medium's stamp its own",
    stage: ofNumbers(() => map((packet) => ({ ...packet, stamp: { kind: 'synthetic' } as const }))),
  },
  {
    rule: 'T1',
    what: 'waits by a timer of the machine',
    stage: ofNumbers(
      () => (source) =>
        new Observable((downstream) => {
          const subscription = source.subscribe(downstream)
          subscription.add(interval(1000).pipe(takeUntil(of())).subscribe())
          return subscription
        }),
    ),
  },
  {
    rule: 'T2',
    what: 'leaves it to chance what it drops',
    others: ['E8', 'S2', 'S3'],
    stage: ofNumbers(({ meter }) =>
      filter(() => {
        const passes = Math.random() < 0.9
        if (!passes) meter.dropped('rate')
        return passes
      }),
    ),
  },
  {
    rule: 'T3',
    what: 'dies of a stamp that goes back',
    stage: ofNumbers(() => {
      let latest = -Infinity
      return tap(({ capturedAtMs }) => {
        if (capturedAtMs < latest) throw new RangeError('time goes back')
        latest = capturedAtMs
      })
    }),
  },
  {
    rule: 'E1',
    what: 'keeps all that comes while its work is under way',
    others: ['E7', 'E10', 'S2', 'T3'],
    stage: ofNumbers(({ runtime }) =>
      mergeMap(
        (packet) =>
          new Observable<Packet<number>>((downstream) =>
            runtime.clock.at(runtime.clock.nowMs() + 10, () => {
              downstream.next(packet)
              downstream.complete()
            }),
          ),
        1,
      ),
    ),
  },
  {
    rule: 'E5',
    what: 'makes a packet anew, without its gate',
    stage: ofNumbers(() =>
      map(({ origin, seq, capturedAtMs, stamp, lost, epoch, value }) =>
        createPacket({ origin, seq, capturedAtMs, stamp, lost, epoch, value }),
      ),
    ),
  },
  {
    rule: 'E7',
    what: 'drops without counting',
    others: ['E1', 'E8'],
    stage: ofNumbers(() => filter(({ seq }) => seq % 4 !== 3)),
  },
  {
    rule: 'E7',
    what: 'gives two for one',
    others: ['E8', 'S2'],
    stage: ofNumbers(() =>
      each((packet, give) => {
        give(packet)
        give(packet)
      }),
    ),
  },
  {
    rule: 'E8',
    what: 'forgets what was lost before it came',
    stage: ofNumbers(() => map((packet) => ({ ...packet, lost: 0 }))),
  },
  {
    rule: 'E8',
    what: 'drops what it is to drop, and forgets what that told of losses',
    stage: ofNumbers(({ meter }) =>
      filter(({ seq }) => {
        const passes = seq % 4 !== 3
        if (!passes) meter.dropped('empty')
        return passes
      }),
    ),
  },
  {
    rule: 'E10',
    what: 'never lets go of a synchronous source',
    stage: ofNumbers(
      () => (source) =>
        new Observable((downstream) =>
          source.subscribe({
            next: (packet) => {
              downstream.next(packet)
            },
            error: (error: unknown) => {
              downstream.error(error)
            },
            complete: () => {
              downstream.complete()
            },
          }),
        ),
    ),
  },
  {
    rule: 'S1',
    what: 'goes on after its end',
    stage: ofNumbers(() => {
      let last: Packet<number> | null = null
      return each<number, number>(
        (packet, give) => {
          last = packet
          give(packet)
        },
        (downstream) => {
          downstream.complete()
          if (last !== null) downstream.next(last)
        },
      )
    }),
  },
  {
    rule: 'S1',
    what: 'never completes',
    stage: ofNumbers(() =>
      each(
        (packet, give) => {
          give(packet)
        },
        () => undefined,
      ),
    ),
    others: ['E10'],
  },
  {
    rule: 'S2',
    what: 'adds up over all streams',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: numberPort,
      output: numberPort,
      packets: () => (source) => {
        let sum = 0
        let epoch = 0
        return source.pipe(
          map((packet) => {
            if (packet.epoch > epoch) sum = 0
            epoch = packet.epoch
            return withValue(packet, (sum += packet.value))
          }),
        )
      },
    }),
  },
  {
    rule: 'S3',
    what: 'changes its state before it fails on an item',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: numberPort,
      output: numberPort,
      each: () => {
        let count = 0
        return (value) => {
          count++
          return count + value
        }
      },
    }),
  },
  {
    rule: 'S3',
    what: 'adds up over a restart',
    stage: ofNumbers(() => (source) => {
      const sums = new Map<Origin, number>()
      return source.pipe(
        map((packet) => {
          const sum = (sums.get(packet.origin) ?? 0) + packet.value
          sums.set(packet.origin, sum)
          return withValue(packet, sum)
        }),
      )
    }),
  },
  {
    rule: 'S3',
    what: 'completes where its source fails',
    stage: ofNumbers(
      () => (source) =>
        new Observable((downstream) => {
          drive(
            source,
            downstream,
            (packet) => {
              downstream.next(packet)
            },
            () => {
              downstream.complete()
            },
            () => {
              downstream.complete()
            },
          )
        }),
    ),
  },
  {
    rule: 'S5',
    what: 'goes on after it was unsubscribed from',
    others: ['T1', 'E1', 'E7', 'E8', 'E10', 'S1'],
    stage: ofNumbers(
      ({ runtime }) =>
        (source) =>
          new Observable((downstream) => {
            let waiting = 0
            let completed = false
            const endIfDone = (): void => {
              if (completed && waiting === 0) downstream.complete()
            }
            drive(
              source,
              downstream,
              (packet) => {
                waiting++
                // Nobody cancels this.
                runtime.clock.at(runtime.clock.nowMs() + 30, () => {
                  waiting--
                  downstream.next(packet)
                  endIfDone()
                })
              },
              () => {
                completed = true
                endIfDone()
              },
            )
          }),
    ),
  },
  {
    rule: 'S6',
    what: 'compares each picture with the last one, which it did not keep',
    others: ['S2', 'S3'],
    stage: ofPictures(() => {
      let before: Frame | null = null
      return map((packet) => {
        const same = before !== null && before.bytes[0] === packet.value.bytes[0]
        before = packet.value
        return withValue(packet, same)
      })
    }),
  },
  {
    rule: 'S6',
    what: 'takes a share of each picture, and gives none back',
    stage: ofPictures(() =>
      tap(({ value }) => {
        value.share()
      }),
    ),
    others: ['S5', 'E1'],
  },
  {
    rule: 'S6',
    what: 'paints over the picture that it was lent',
    stage: ofPictures(() =>
      tap(({ value }) => {
        value.bytes.fill(0)
      }),
    ),
  },
  {
    rule: 'S7',
    what: 'tells of the pixels of the frame, not of its source',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: picturePort,
      output: detectionsPort,
      each:
        () =>
        (frame): Detections => ({ sizePx: [frame.widthPx, frame.heightPx], found: [] }),
    }),
  },
  {
    rule: 'I3',
    what: 'does not say which model it was',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: numberPort,
      output: numberPort,
      work: (_, { runtime }) => {
        const file = new URL('file:///model.onnx')
        return Object.assign((value: number) => Promise.resolve(value), {
          open: async () => {
            await runtime.adapters.loadModel({ name: 'model', version: '1', file, job: file })
          },
        })
      },
    }),
  },
  {
    rule: 'C1',
    what: 'throws where its options are wrong',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: numberPort,
      output: numberPort,
      options: z.object({ label: z.any().transform((label: string) => label.trim()) }),
      example: { label: 'face' },
      each: () => (value) => value,
    }),
  },
  {
    rule: 'C4',
    what: 'has options that no file can hold',
    stage: defineOperator({
      ...plain,
      name: 'broken',
      input: numberPort,
      output: numberPort,
      options: z.strictObject({ most: z.number().or(z.literal(Infinity)) }),
      example: { most: Infinity },
      each: () => (value) => value,
    }),
  },
]

/** The same stages with nothing wrong. */
export const healthy: readonly (readonly [string, Defined])[] = [
  [
    'each',
    defineOperator({
      ...plain,
      name: 'healthy',
      input: numberPort,
      output: numberPort,
      each: () => (value) => value + 1,
    }),
  ],
  ['packets', ofNumbers(() => map((packet) => withValue(packet, packet.value + 1)))],
  ['pictures', ofPictures(() => map((packet) => packet))],
]
