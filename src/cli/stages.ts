import { SaccadeError } from '../core/errors.js'
import { wordsOf } from '../core/how.js'
import type { AnyStage } from '../core/stage.js'
import { describeStage, portsOf, schemaOf } from '../engine/describe-stage.js'
import { suggest } from '../engine/problem.js'
import { createRegistry } from '../engine/registry.js'
import type { Start } from './early.js'
import { loadStages } from './stage-modules.js'
import { readWords } from './words.js'

/** `saccade stages [NAME]`: the registry, with options and example. */
export async function stages(words: readonly string[], { importModule }: Start): Promise<number> {
  const read = readWords('stages', words, { json: { type: 'boolean' }, stages: { type: 'string', multiple: true } })
  const registry = createRegistry(await loadStages(read.all('stages'), importModule))
  if (read.file === '') {
    const all = [...registry.values()]
    if (read.flag('json')) process.stdout.write(`${JSON.stringify(all.map(jsonOf), null, 2)}\n`)
    else process.stdout.write(list(all))
    return 0
  }
  const stage = registry.get(read.file)
  if (stage === undefined) {
    const remedy = suggest(read.file, [...registry.keys()], 'stages')
    throw new SaccadeError(`there is no stage ${read.file}`, { code: 'usage', remedy })
  }
  process.stdout.write(read.flag('json') ? `${JSON.stringify(jsonOf(stage), null, 2)}\n` : describeStage(stage))
  return 0
}

function list(all: readonly AnyStage[]): string {
  const lines: string[] = []
  for (const kind of ['stream', 'operator', 'sink'] as const) {
    lines.push(`${kind}s`)
    for (const stage of all) if (stage.kind === kind) lines.push(`  ${stage.name.padEnd(16)} ${stage.summary}`)
    lines.push('')
  }
  return `${lines.join('\n')}saccade stages NAME shows one, with its options and an example\n`
}

function jsonOf(stage: AnyStage): unknown {
  const [takes, gives] = portsOf(stage)
  const { name, kind, summary, main } = stage
  const example: unknown = stage.example
  const words = wordsOf(stage).map(({ word }) => word)
  return { name, kind, summary, takes, gives, main, example, options: schemaOf(stage).properties, words }
}
