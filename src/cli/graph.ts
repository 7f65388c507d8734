import { readText } from '../adapters/read-file.js'
import { SaccadeError } from '../core/errors.js'
import { loadPlan } from '../engine/create-pipeline.js'
import { describePlan, mermaidOf } from '../engine/describe-plan.js'
import type { Start } from './early.js'
import { loadStages } from './stage-modules.js'
import { fileOf, readWords, settings } from './words.js'

/** `saccade graph FILE`: the plan as text, mermaid or JSON, on stdout. */
export async function graph(words: readonly string[], { importModule }: Start): Promise<number> {
  const read = readWords('graph', words, {
    set: { type: 'string', multiple: true },
    stages: { type: 'string', multiple: true },
    format: { type: 'string' },
  })
  const file = fileOf('graph', read)
  const format = read.one('format') ?? 'text'
  if (!['text', 'mermaid', 'json'].includes(format)) {
    throw new SaccadeError(`there is no format ${format}`, {
      code: 'usage',
      remedy: 'write --format text, mermaid or json',
    })
  }
  const stages = await loadStages(read.all('stages'), importModule)
  const plan = await loadPlan(file, await readText(file), { set: settings(read), stages })
  const { name, about, graph: drawn, notes } = plan
  if (format === 'json') process.stdout.write(`${JSON.stringify({ name, about, file, ...drawn, notes }, null, 2)}\n`)
  else process.stdout.write(format === 'mermaid' ? mermaidOf(plan) : describePlan(plan))
  return 0
}
