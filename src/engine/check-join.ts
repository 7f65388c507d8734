import type { Port } from '../core/stage.js'
import { recordedWaitMs } from '../core/join-plan.js'
import { formatMs } from '../core/units.js'
import { joinProblems } from '../operators/join.js'
import type { Connections } from './connections.js'
import { isSampled } from './cycles.js'
import { isJoin, planOfJoin } from './joins.js'
import type { WrittenEntry } from './pipeline.js'
import type { PlannedStep } from './planned.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'
import { find } from './written.js'

/** Whether several inputs meet a join, and a join several inputs; and whether it says what belongs together (T4, C2). */
export function checkJoin(
  { report }: Pick<Reader, 'report'>,
  entry: WrittenEntry,
  steps: readonly (PlannedStep | undefined)[],
  { owners, portOf }: Connections,
): void {
  for (const [nth, step] of steps.entries()) {
    if (step === undefined || !isJoin(step) || (nth === 0 && entry.joins)) continue
    const [text, remedy] =
      nth === 0
        ? ['join has several inputs, and from names none of them', 'write from: { face: target, head: head.measured }']
        : [
            'join stands first or not at all, as it alone has several inputs',
            'make what comes before it an entry of its own',
          ]
    report(step, step.path, text, remedy)
  }
  if (!entry.joins) return
  const [first] = steps
  const [written] = entry.steps
  if (first === undefined || written === undefined) return
  if (!isJoin(first)) {
    const remedy = 'let join stand first: pipe: [ join: { on: face, head: { nearest: 20ms } }, … ]'
    report(first, first.path, `${first.stage.name} has one input, and from names several`, remedy)
    return
  }
  const plan = planOfJoin(first)
  if (plan === null) return
  const inputs = entry.from.flatMap(({ input }) => input ?? [])
  const words = written.options?.value.kind === 'map' ? written.options.value.entries : []
  for (const { option, word, text, remedy } of joinProblems(plan, inputs)) {
    const at = words.find(({ key }) => key === option)?.at ?? first
    const path = option === null ? first.path : `${first.path}.${option}`
    report(at, path, text, word === undefined ? remedy : suggest(word, inputs, 'inputs'))
  }
  for (const ref of entry.from) {
    if (ref.input === plan.on && isSampled(ref, owners.get(ref.name))) {
      const text = `${ref.name} is what a sink measures: a join may sample it, but is not triggered by it`
      report(find(words, 'on') ?? first, `${first.path}.on`, text, 'join on an input that comes from a stream')
    }
    const port = portOf(ref.name)
    if (ref.input === null || plan.sides[ref.input]?.by !== 'interpolate' || port === undefined || canBeBetween(port))
      continue
    const at = find(words, ref.input) ?? first
    const text = `${ref.name} is ${port.name}, and there is nothing between two of it`
    report(at, `${first.path}.${ref.input}`, text, `write ${ref.input}: { nearest: 20ms }`)
  }
}

/** Numbers and poses; of a port of a user's own it shows when it runs. */
function canBeBetween({ kind, name, fields }: Port<unknown>): boolean {
  return (kind === 'data' || kind === 'robot') && name !== 'joint-target' && fields === undefined
}

/** How long an item of the anchor waits, where nobody said so. */
export function noteWaits(name: string, step: PlannedStep | undefined, live: boolean, notes: string[]): void {
  const plan = planOfJoin(step)
  if (plan === null || plan.waitMs !== null) return
  const reach = Object.entries(plan.sides).filter(([, { by }]) => by === 'nearest' || by === 'interpolate')
  const waits = live
    ? reach.map(([side, { withinMs }]) => `at most ${formatMs(withinMs)} for ${side}`)
    : [`at most ${formatMs(recordedWaitMs)} for ${Object.keys(plan.sides).join(', ')}`]
  const source = live ? 'as far as its selector reaches' : 'default of recorded streams'
  if (waits.length > 0) notes.push(`${name}: an item of ${plan.on} waits ${waits.join(', ')} (${source})`)
}
