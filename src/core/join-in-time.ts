import { Observable } from 'rxjs'
import { drive } from './drive.js'
import { asSaccadeError } from './errors.js'
import { Joiner } from './joiner.js'
import { type Interpolate, joinLimits, type JoinPlan } from './join-plan.js'
import { JoinSide } from './join-side.js'
import type { Packet } from './packet.js'
import type { StageContext } from './stage.js'

/**
 * Joins inputs by the time of capture (T4): the one place where an item waits for another stream.
 * The stage's meter counts anchor items; each side has a meter of its own, `NAME/SIDE`. A side that fails has ended; an
 * anchor that fails fails the join.
 */
export function joinInTime(
  inputs: Readonly<Record<string, Observable<Packet<unknown>>>>,
  plan: JoinPlan,
  context: StageContext,
  interpolate: Interpolate,
  limits = joinLimits,
): Observable<Packet<Readonly<Record<string, unknown>>>> {
  const { runtime, name } = context
  const meters = new Map(Object.keys(plan.sides).map((side) => [side, runtime.meter(`${name}/${side}`)]))
  return new Observable((downstream) => {
    const sides = new Map<string, JoinSide>()
    for (const [side, meter] of meters) {
      const selector = plan.sides[side]
      const parts = { clock: runtime.clock, meter, interpolate, limit: limits.side }
      if (selector !== undefined) sides.set(side, new JoinSide(selector, parts))
    }
    const names = Object.keys(inputs).filter((input) => input === plan.on || sides.has(input))
    const joiner = new Joiner(names, plan, sides, context, limits.anchor, downstream)
    downstream.add(() => {
      joiner.discard()
    })
    // The sides first: what they give in the turn of the subscription is there for the anchor.
    for (const [name, side] of sides) {
      const input$ = inputs[name]
      if (input$ === undefined) continue
      drive(
        input$,
        downstream,
        (packet) => {
          joiner.offerSide(name, side, packet)
        },
        () => {
          side.meter.completed()
          joiner.endSide(side)
        },
        (thrown) => {
          const { message } = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' })
          side.meter.failed(message)
          runtime.tell('warning', `${context.name}: nothing more comes from ${name}, as it failed: ${message}`)
          joiner.endSide(side)
        },
      )
    }
    const anchor$ = inputs[plan.on]
    if (anchor$ !== undefined) {
      drive(
        anchor$,
        downstream,
        (packet) => {
          joiner.offerAnchor(packet)
        },
        () => {
          joiner.endAnchor()
        },
        (error) => {
          joiner.fail(error)
        },
      )
    }
    // Last, when upstream is gone: a source that is let go may deliver at once.
    downstream.add(() => {
      joiner.letGo()
    })
  })
}
