import { freeGate } from '../core/gate.js'
import type { DropReason } from '../core/meter.js'
import type { Packet } from '../core/packet.js'
import type { AnyStage } from '../core/stage.js'
import { formOf } from './exam.js'
import type { Given, Trial } from './trial.js'
import { failedItself, firstFault, ms, nameOf, type Rule } from './verdict.js'

/** The fields of a packet, in their order (P1). */
const shape = 'origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate'

/** What a packet was when it came. */
const bornOf = ({ fed }: Trial): ((packet: Packet<unknown>) => Packet<unknown> | undefined) => {
  const all = new Map(fed.map(({ packet }) => [nameOf(packet), packet]))
  return (packet) => all.get(nameOf(packet))
}

const byOrigin = (given: readonly Given[]): readonly (readonly Given[])[] => {
  const keys = [...new Set(given.map(({ packet, result }) => `${String(result)} ${packet.origin.name}`))]
  return keys.map((key) => given.filter(({ packet, result }) => `${String(result)} ${packet.origin.name}` === key))
}

/** Whether it lasts longer than it did: it carries the interval of several. */
const isAggregate = (packet: Packet<unknown>, before: Packet<unknown>): boolean => packet.untilMs !== before.untilMs

const p1: Rule = (trial) => {
  const { exam, fed, given } = trial
  const born = bornOf(trial)
  const times = new Set(fed.map(({ packet }) => packet.capturedAtMs))
  return firstFault(given, ({ packet }) => {
    const name = nameOf(packet)
    const fields = Object.keys(packet).join(', ')
    if (fields !== shape) return `${name} has another shape: ${fields}`
    if (exam.stage.kind !== 'operator') return null
    const before = born(packet)
    if (before === undefined) return `it gave ${name}, which never came`
    if (packet.origin !== before.origin) return `the origin of ${name} is another object than it was`
    if (packet.stamp !== before.stamp)
      return `the stamp of ${name} was ${before.stamp.kind}, and is ${packet.stamp.kind}`
    if (packet.epoch !== before.epoch)
      return `the epoch of ${name} was ${String(before.epoch)}, and is ${String(packet.epoch)}`
    const { capturedAtMs, untilMs } = packet
    if (isAggregate(packet, before)) {
      const fits = untilMs !== null && times.has(capturedAtMs) && times.has(untilMs) && capturedAtMs <= untilMs
      return fits
        ? null
        : `${name} lasts from ${ms(capturedAtMs)} to ${String(untilMs)} ms: not from a first to a last that came`
    }
    if (capturedAtMs === before.capturedAtMs) return null
    return `the capture time of ${name} was ${ms(before.capturedAtMs)}, and is ${ms(capturedAtMs)}`
  })
}

const t1: Rule = ({ exam, foreign, dry, waiting, cancelled }) => {
  const [started] = foreign
  if (!exam.real && started !== undefined) return `it waits by ${started}, which the injected clock does not drive`
  if (!dry) return `a minute after the end there is still ${waiting.join(', ')}`
  if (!cancelled && waiting.length > 0) return `when it had ended there was still ${waiting.join(', ')}`
  return true
}

/** What comes in order of time goes in order of time; what becomes of stamps that go back is a law of its own. */
const t3: Rule = ({ exam, schedule, given }) => {
  const came = schedule.origins.map((_, which) => schedule.items.filter(({ origin }) => origin === which))
  const goesBack = (times: readonly number[]): number =>
    times.findIndex((time, index) => time < (times[index - 1] ?? time))
  if (exam.stage.kind === 'operator' && came.some((items) => goesBack(items.map((one) => one.capturedAtMs)) >= 0))
    return null
  return firstFault(byOrigin(given), (all) => {
    const at = goesBack(all.map(({ packet }) => packet.capturedAtMs))
    const packet = all[at]?.packet
    return packet === undefined
      ? null
      : `the capture time goes back at ${nameOf(packet)}, to ${ms(packet.capturedAtMs)}`
  })
}

const e5: Rule = ({ exam, schedule, fed, given, states, cancelled, gatesShut, stageHeld, pressed }) => {
  const { stage, options } = exam
  // What works gives results of what it took before; a live source heeds no gate. An edge, and a source that waits, must.
  const own = given[0] !== undefined && fed.every(({ packet }) => packet.gate !== given[0]?.packet.gate)
  if (pressed !== null && own && (stage.kind === 'stream' || isEdge(stage))) return pressed
  const without = given.find(({ packet }) => packet.gate === freeGate)
  if (stage.kind === 'operator' && without !== undefined)
    return `${nameOf(without.packet)} has lost its gate: nothing upstream learns who is busy`
  if (!stageHeld) {
    // What came through an edge of its own holds that one's gate, which nobody sees.
    const direct = given.some(({ packet }) => fed.some((one) => one.packet.gate === packet.gate))
    return formOf(stage) === 'work' && direct ? 'it works, and holds no gate meanwhile' : null
  }
  if (!cancelled && gatesShut > 0) return 'a gate that it held is never let go: what feeds it stands still for ever'
  const waits = schedule.items.every(({ origin }) => origin === 0) && schedule.origins[0]?.live === false
  const blocks = formOf(stage) === 'work' || ('whenFull' in options && options.whenFull === 'block')
  const lost = [...states.values()].reduce((sum, { dropped }) => sum + (dropped['overflow'] ?? 0), 0)
  return waits && blocks && lost > 0 ? `it lost ${String(lost)} packets of a source that can wait` : true
}

/** What counts for itself what comes in and goes out, as an edge does. */
const isEdge = (stage: AnyStage): boolean => 'metersItself' in stage && stage.metersItself

/** Of what says how old a packet may be. */
const e3: Rule = ({ exam, given }) => {
  const maxAgeMs: unknown = 'maxAge' in exam.options ? exam.options.maxAge : null
  if (typeof maxAgeMs !== 'number') return null
  return firstFault(given, ({ packet, atMs }) => {
    const ageMs = atMs - packet.capturedAtMs
    return ageMs <= maxAgeMs ? null : `it gave ${nameOf(packet)} at an age of ${ms(ageMs)}, and says ${ms(maxAgeMs)}`
  })
}

const e7: Rule = (trial) => {
  const { exam, imbalance, states } = trial
  // Of an operator that touches packets, nobody knows which of those it held broke it.
  if (formOf(exam.stage) === 'packets' && !isEdge(exam.stage) && failedItself(trial)) return null
  if (imbalance !== null) return imbalance
  const counted = [...states.values()].some((state) => state.in > 0 || state.out > 0)
  return counted || exam.stage.kind === 'operator' ? true : null
}

const e8: Rule = (trial) => {
  const { exam, fed, given, states } = trial
  if (exam.stage.kind !== 'operator' || exam.how.order === 'completion') return null
  const born = bornOf(trial)
  const fault = firstFault(byOrigin(given), (all) => {
    for (const [index, { packet }] of all.entries()) {
      const before = born(packet)
      if (before === undefined || isAggregate(packet, before)) continue
      const gap = packet.seq - (all[index - 1]?.packet.seq ?? -1) - 1
      if (packet.lost < before.lost)
        return `${nameOf(packet)} came with ${String(before.lost)} lost before it, and forgets them`
      if (packet.lost > gap)
        return `${nameOf(packet)} says ${String(packet.lost)} lost before it: there were ${String(gap)}`
    }
    return null
  })
  if (fault !== true) return fault
  // What was lost after the last one nobody tells, and what failed may have been a loss or not: then there is nothing to add up.
  const went = new Set(given.map(({ packet }) => nameOf(packet)))
  const lasts = [...new Map(fed.map(({ packet }) => [packet.origin, packet])).values()]
  const dropped = (reason: DropReason): number =>
    [...states.values()].reduce((sum, state) => sum + (state.dropped[reason] ?? 0), 0)
  const aggregates = given.some(({ packet }) => isAggregate(packet, born(packet) ?? packet))
  if (aggregates || dropped('error') > 0 || !lasts.every((packet) => went.has(nameOf(packet)))) return true
  // Those that were dropped as they were to be (rate, empty) are no loss, but what they told of one is still to be told.
  const told = given.reduce((sum, { packet }) => sum + packet.lost, 0)
  const before = fed.reduce((sum, { packet }) => sum + packet.lost, 0)
  const here = dropped('overflow') + dropped('stale')
  if (told >= before + here) return true
  return `${String(before)} were lost before and ${String(here)} here, and what it gave tells of ${String(told)}`
}

/** The rules on packets, time and edges that one trial can show. */
export const packetRules: Readonly<Record<string, Rule>> = { P1: p1, T1: t1, T3: t3, E3: e3, E5: e5, E7: e7, E8: e8 }
