import { joinedPort } from '../core/ports.js'
import { anyPort, type Port } from '../core/stage.js'
import type { JoinPlan, Selector } from '../core/join-plan.js'
import { joinPlan } from '../operators/join.js'
import { isSampled } from './cycles.js'
import type { WrittenEntry } from './pipeline.js'
import type { PlannedJoin, PlannedStep } from './planned.js'

/** Whether a step takes several inputs. */
export function isJoin({ stage }: PlannedStep): boolean {
  return stage.kind === 'operator' && 'joins' in stage
}

/** How a step joins; null where it does not, or where its options were not read. */
export function planOfJoin(step: PlannedStep | undefined): JoinPlan | null {
  return step !== undefined && isJoin(step) && 'on' in step.options
    ? joinPlan(step.options as Parameters<typeof joinPlan>[0])
    : null
}

/** The input whose packets go on; null where an entry joins nothing. */
export function anchorOf(entry: WrittenEntry, first: PlannedStep | undefined): string | null {
  return entry.joins ? (planOfJoin(first)?.on ?? null) : null
}

/** What comes out of a join: a record whose fields carry what its inputs do. Null for any other step. */
export function joinedPortOf(
  entry: WrittenEntry,
  step: PlannedStep,
  portOf: (result: string) => Port<unknown> | undefined,
): Port<unknown> | null {
  if (!isJoin(step)) return null
  const plan = planOfJoin(step)
  const fields = entry.from.flatMap(({ input, name }) => {
    const port = portOf(name) ?? anyPort
    return input === null ? [] : [[input, fieldOf(port, plan?.sides[input], plan?.missing)] as const]
  })
  return { ...joinedPort, fields: Object.fromEntries(fields) }
}

function fieldOf(port: Port<unknown>, selector: Selector | undefined, missing: JoinPlan['missing'] | undefined) {
  if (selector === undefined) return port
  if (selector.by === 'window') return { ...port, name: `list of ${port.name}`, kind: 'data' as const }
  return missing === 'partial' ? { ...port, name: `${port.name} or null`, kind: 'data' as const } : port
}

/** A port as people read it: `detections`, `joined (face: detections, head: robot)`. */
export function portInWords({ name, fields }: Port<unknown>): string {
  if (fields === undefined) return name
  const told = Object.entries(fields).map(([field, port]) => `${field}: ${portInWords(port)}`)
  return `${name} (${told.join(', ')})`
}

/** The inputs of an entry that joins; null for any other. */
export function plannedJoin(
  entry: WrittenEntry,
  first: PlannedStep | undefined,
  owners: ReadonlyMap<string, WrittenEntry>,
): PlannedJoin | null {
  const plan = planOfJoin(first)
  if (plan === null || !entry.joins) return null
  const inputs = entry.from.flatMap((ref) => {
    const { input, name: from } = ref
    if (input === null) return []
    const selector = plan.sides[input] ?? null
    return [{ name: input, from, selector, sampled: isSampled(ref, owners.get(from)) }]
  })
  return { on: plan.on, inputs }
}
