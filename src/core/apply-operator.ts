import { Observable, type OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import { drive } from './drive.js'
import { asSaccadeError, SaccadeError } from './errors.js'
import { type Origin, type Packet, withValue } from './packet.js'
import { runWork } from './run-work.js'
import type { EachForm, Options, OperatorDefinition, StageContext } from './stage.js'

/** Makes an operator of a definition and its parsed options: the one place where the three forms become RxJS. */
export function applyOperator<O extends Options, In, Out>(
  definition: OperatorDefinition<O, In, Out>,
  options: z.output<O>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  if ('each' in definition) return runEach(definition.each, options, context)
  if ('work' in definition) return runWork(() => definition.work(options, context), definition.input, context)
  if ('joins' in definition) {
    throw new SaccadeError(`cannot put ${definition.name} into a pipe as it has several inputs`, {
      code: 'config',
      stage: context.name,
      remedy: 'let it stand first, with a map of names: from: { face: target, head: head.measured }',
    })
  }
  if (definition.metersItself === true) return definition.packets(options, context)
  return metered(definition.packets(options, context), context)
}

/** One value in, one value out, in the turn of the arrival; state for each origin (S2). */
function runEach<O extends Options, In, Out>(
  each: EachForm<O, In, Out>['each'],
  options: z.output<O>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const { runtime, meter, name, how } = context
  const { clock } = runtime
  return (source) =>
    new Observable((downstream) => {
      const byOrigin = new Map<Origin, (value: In) => Out>()
      const project = (origin: Origin): ((value: In) => Out) => {
        let known = byOrigin.get(origin)
        if (known === undefined) {
          known = each(options, context)
          byOrigin.set(origin, known)
        }
        return known
      }
      drive(
        source,
        downstream,
        (packet) => {
          meter.took()
          const tookAtMs = clock.nowMs()
          let value: Out
          try {
            value = project(packet.origin)(packet.value)
          } catch (thrown) {
            meter.dropped('error')
            const error = asSaccadeError(thrown, {
              code: 'stage',
              remedy: 'see the cause; onError: skip lets the stage go on with the next item',
            }).at({ stage: name, origin: packet.origin.name, seq: packet.seq })
            if (how.onError === 'skip') runtime.tellOnce('warning', `${name} skipped an item: ${error.message}`)
            else {
              meter.failed(error.message)
              downstream.error(error)
            }
            return
          }
          const nowMs = clock.nowMs()
          meter.gave(nowMs - tookAtMs, nowMs - packet.capturedAtMs, nowMs)
          downstream.next(withValue(packet, value))
        },
        () => {
          meter.completed()
          downstream.complete()
        },
        (error) => {
          meter.failed(error)
          downstream.error(error)
        },
      )
    })
}

/** Counts what goes into and comes out of an operator that touches packets; it counts its drops itself. */
function metered<In, Out>(
  operator: OperatorFunction<Packet<In>, Packet<Out>>,
  { runtime, meter, name }: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const { clock } = runtime
  return (source) =>
    new Observable((downstream) => {
      let tookAtMs = clock.nowMs()
      const counted = new Observable<Packet<In>>((inner) => {
        drive(
          source,
          inner,
          (packet) => {
            meter.took()
            tookAtMs = clock.nowMs()
            inner.next(packet)
          },
          () => {
            inner.complete()
          },
        )
      })
      drive(
        counted.pipe(operator),
        downstream,
        (packet) => {
          const nowMs = clock.nowMs()
          meter.gave(nowMs - tookAtMs, nowMs - packet.capturedAtMs, nowMs)
          downstream.next(packet)
        },
        () => {
          meter.completed()
          downstream.complete()
        },
        (thrown) => {
          const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: name })
          meter.failed(error.message)
          downstream.error(error)
        },
      )
    })
}
