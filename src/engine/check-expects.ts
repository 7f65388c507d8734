import type { Connections, PlannedSteps } from './connections.js'
import type { WrittenExpect } from './pipeline.js'
import { suggest } from './problem.js'
import type { Reader } from './reader.js'

/** Whether each expectation names a stream, a result that it reaches, and a figure that is measured there (D1). */
export function checkExpects(
  { report }: Reader,
  expects: readonly WrittenExpect[],
  planned: PlannedSteps,
  { results, owners, roots }: Connections,
): void {
  const known = [...results.keys()]
  for (const expect of expects) {
    const { path, figure } = expect
    const [from, to] = [owners.get(expect.from), owners.get(expect.to)]
    if (from === undefined)
      report(expect, `${path}.from`, `there is no ${expect.from}`, suggest(expect.from, known, 'results'))
    else if (from.kind !== 'stream') {
      const remedy = 'time counts from capture: name a stream, as room.video'
      report(expect, `${path}.from`, `${expect.from} is no result of a stream`, remedy)
    }
    if (to === undefined) {
      report(expect, `${path}.to`, `there is no ${expect.to}`, suggest(expect.to, known, 'results'))
      continue
    }
    const stage = planned.get(to)?.at(-1)?.stage
    if (figure !== 'delay' && stage !== undefined && !(stage.kind === 'sink' && stage.actuator)) {
      const text = `${figure} is measured at an actuator, and ${expect.to} is none`
      report(expect, `${path}.${figure}`, text, 'write delay: … for a result')
    }
    if (from !== undefined && !roots(to).includes(from)) {
      report(expect, path, `nothing of ${expect.from} reaches ${expect.to}`, 'name a stream that feeds it')
    }
  }
}
