import type { Plan } from './planned.js'

/** The meters on the way of a packet to an entry, from its stream on: `room.video`, `faces/queue`, `faces/detect-faces` … */
export function pathTo(plan: Plan, to: string): readonly string[] {
  const entry = plan.entries.find(({ name }) => name === to.split('.')[0])
  if (entry === undefined) return []
  if (entry.kind === 'stream') return [to.includes('.') ? to : `${to}.video`]
  const own = entry.steps.map(({ key }) => key)
  const last = entry.steps.at(-1)
  const keys =
    last?.stage.kind === 'sink' && last.stage.actuator ? [...own.slice(0, -1), `${last.key}/queue`, last.key] : own
  // A joined packet is the anchor's.
  const anchor = entry.join?.inputs.find(({ selector }) => selector === null)
  const first = anchor === undefined ? entry.from.slice(0, 1) : [anchor.from]
  return [...first.flatMap((from) => pathTo(plan, from)), ...keys]
}
