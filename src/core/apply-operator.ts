import { finalize, Observable, type OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import { optionsNow } from './changing.js'
import { drive } from './drive.js'
import { asSaccadeError, SaccadeError } from './errors.js'
import type { Packet } from './packet.js'
import { runEach } from './run-each.js'
import { runProcess } from './run-process.js'
import type { JoinsForm, Options, OperatorDefinition, StageContext } from './stage.js'
import { superviseOperator } from './supervise.js'

/** Makes an operator of a definition and its parsed options: the one place where the three forms become RxJS. */
export function applyOperator<O extends Options, In, Out>(
  definition: OperatorDefinition<O, In, Out>,
  options: z.output<O>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  if ('joins' in definition) {
    throw new SaccadeError(`cannot put ${definition.name} into a pipe as it has several inputs`, {
      code: 'config',
      stage: context.name,
      remedy: 'let it stand first, with a map of names: from: { face: target, head: head.measured }',
    })
  }
  const { onError } = context.how
  const create = (): OperatorFunction<Packet<In>, Packet<Out>> => formOf(definition, options, context)
  const restart = typeof onError === 'object' ? onError.restart : null
  // An `each` is made anew in its place when its options change.
  const changing = 'each' in definition ? null : (context.changing ?? null)
  if (restart !== null || changing !== null)
    return stopping(superviseOperator(create, { restart, changing }, context), context)
  // An `each` says itself when it is let go: stages of that form in a row know each other by what they give.
  return 'each' in definition ? create() : stopping(create(), context)
}

/** An operator that nobody listens to any more shows as such. */
function stopping<In, Out>(
  operator: OperatorFunction<Packet<In>, Packet<Out>>,
  { meter }: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  return (source) =>
    operator(source).pipe(
      finalize(() => {
        meter.stopped()
      }),
    )
}

function formOf<O extends Options, In, Out>(
  definition: Exclude<OperatorDefinition<O, In, Out>, JoinsForm<O, Out>>,
  options: z.output<O>,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const now = (): z.output<O> => optionsNow(options, context)
  if ('each' in definition) return runEach(() => definition.each(now(), context), context)
  if ('work' in definition) return runProcess(() => definition.work(now(), context), definition.input, context)
  if (definition.metersItself === true) return definition.packets(now(), context)
  return metered(definition.packets(now(), context), context)
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
      /** Whether an item is in the operator's hands: an error now is of that one. */
      let inHand = false
      const counted = new Observable<Packet<In>>((inner) => {
        drive(
          source,
          inner,
          (packet) => {
            meter.took()
            tookAtMs = clock.nowMs()
            inHand = true
            inner.next(packet)
            inHand = false
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
          if (inHand && meter.held > 0) meter.dropped('error')
          meter.failed(error.message)
          downstream.error(error)
        },
      )
    })
}
