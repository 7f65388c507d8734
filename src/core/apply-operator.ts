import { Observable, type OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import { drive } from './drive.js'
import { asSaccadeError } from './errors.js'
import type { Packet } from './packet.js'
import { runEach } from './run-each.js'
import { runProcess } from './run-process.js'
import type { Options, OperatorDefinition, StageContext } from './stage.js'

/** Makes an operator of a definition and its parsed options: the one place where the three forms become RxJS. */
export function applyOperator<O extends Options, In, Out>(
  definition: OperatorDefinition<O, In, Out>,
  options: z.output<O>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  if ('each' in definition) return runEach(() => definition.each(options, context), context)
  if ('work' in definition) return runProcess(() => definition.work(options, context), definition.input, context)
  if (definition.metersItself === true) return definition.packets(options, context)
  return metered(definition.packets(options, context), context)
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
