import { defaultEdge, describeEdge } from '../core/default-edge.js'
import { anyPort, type Port } from '../core/stage.js'
import type { PlannedStep } from './planned.js'
import type { Registry } from './registry.js'

/**
 * Puts E4's default before each asynchronous stage that has no queue, as far upstream as the synchronous stages before
 * it reach, so that what is lost costs nothing (E9), but behind one that keeps packets. Numbers the steps of one name.
 *
 * @param ports what flows into each step, in order
 */
export function withDefaultEdges(
  entry: string,
  steps: readonly PlannedStep[],
  ports: readonly Port<unknown>[],
  live: boolean,
  registry: Registry,
  notes: string[],
): readonly PlannedStep[] {
  const queue = registry.get('queue')
  const out: PlannedStep[] = []
  /** The synchronous stages since the last that gives later than it takes, and what flows into the first of them. */
  let run: PlannedStep[] = []
  let port = ports[0] ?? anyPort
  for (const [index, step] of steps.entries()) {
    const { stage } = step
    if (stage.kind === 'operator' && 'joins' in stage) {
      // It keeps what waits itself; before several inputs stands no queue.
      out.push(...run, step)
      run = []
      port = ports[index + 1] ?? anyPort
      continue
    }
    if (stage.kind !== 'operator' || !('work' in stage)) {
      run.push(step)
      if (!('keeps' in stage)) continue
      out.push(...run)
      run = []
      port = ports[index + 1] ?? anyPort
      continue
    }
    if (queue !== undefined && !run.some((one) => one.stage.name === 'queue')) {
      const edge = defaultEdge(port, live)
      const options = { whenFull: edge.whenFull, capacity: edge.capacity, byDefault: true }
      out.push({ ...step, key: `${entry}/queue`, stage: queue, options, written: {}, how: {}, inserted: true })
      notes.push(
        `${entry}: ${describeEdge(edge)} before ${stage.name} (default of ${live ? 'live' : 'recorded'} ${port.name})`,
      )
    }
    out.push(...run, step)
    run = []
    port = ports[index + 1] ?? anyPort
  }
  const last = steps.at(-1)?.stage
  if (last?.kind === 'sink' && last.actuator)
    notes.push(`${entry}: latest before ${last.name} (default of an actuator)`)
  return numbered([...out, ...run])
}

/** `faces/queue`, and `faces/queue-2` for the second of its name. */
function numbered(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  const seen = new Map<string, number>()
  return steps.map((step) => {
    const nth = (seen.get(step.key) ?? 0) + 1
    seen.set(step.key, nth)
    return nth === 1 ? step : { ...step, key: `${step.key}-${String(nth)}` }
  })
}
