import { readText } from '../adapters/read-file.js'
import { loadPlan } from '../engine/create-pipeline.js'
import { describePlan } from '../engine/describe-plan.js'
import type { Start } from './early.js'
import { loadStages } from './stage-modules.js'
import { green, say } from './terminal.js'
import { fileOf, readWords, settings } from './words.js'

/** `saccade check FILE`: 0 and the plan, or 2 with every problem. */
export async function check(words: readonly string[], { importModule }: Start): Promise<number> {
  const read = readWords('check', words, {
    set: { type: 'string', multiple: true },
    stages: { type: 'string', multiple: true },
  })
  const file = fileOf('check', read)
  const stages = await loadStages(read.all('stages'), importModule)
  const plan = await loadPlan(file, await readText(file), { set: settings(read), stages })
  process.stdout.write(describePlan(plan))
  say(`${green('✓')} ${file} is a pipeline that can run`)
  return 0
}
