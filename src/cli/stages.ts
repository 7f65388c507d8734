import { z } from 'zod'
import { SaccadeError } from '../core/errors.js'
import { wordsOf } from '../core/how.js'
import type { AnyStage } from '../core/stage.js'
import { suggest } from '../engine/problem.js'
import { asWritten } from '../engine/written.js'
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
  process.stdout.write(read.flag('json') ? `${JSON.stringify(jsonOf(stage), null, 2)}\n` : describe(stage))
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

function schemaOf(stage: AnyStage): {
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** What stands under any other name: how a join takes from an input. */
  readonly others: { readonly description: string } | null
} {
  const schema = z.toJSONSchema(stage.options as z.ZodType, { io: 'input', unrepresentable: 'any' })
  const { properties = {}, additionalProperties: others } = schema
  const description = typeof others === 'object' ? others.description : undefined
  return {
    properties: properties as Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    others: description === undefined ? null : { description },
  }
}

type Named = { readonly name: string }

function portsOf(stage: AnyStage): readonly [takes: string, gives: string] {
  const results = (named: Readonly<Record<string, Named>>): string =>
    Object.entries(named)
      .map(([result, port]) => `${result}: ${port.name}`)
      .join(', ') || 'nothing'
  if (stage.kind === 'stream') return ['nothing', results(stage.results as Readonly<Record<string, Named>>)]
  const takes = (stage.input as Named).name
  if (stage.kind === 'sink') return [takes, results(stage.results as Readonly<Record<string, Named>>)]
  return ['joins' in stage ? 'several inputs' : takes, (stage.output as Named).name]
}

function describe(stage: AnyStage): string {
  const [takes, gives] = portsOf(stage)
  const { properties, others } = schemaOf(stage)
  const options = Object.entries(properties).map(([name, facts]) => {
    const fallback = 'default' in facts ? ` (default ${JSON.stringify(facts['default'])})` : ''
    const values = Array.isArray(facts['enum']) ? ` [${facts['enum'].join(' | ')}]` : ''
    const main = stage.main === name ? ', the one that a bare value stands for' : ''
    return `  ${name.padEnd(12)} ${typeof facts['description'] === 'string' ? facts['description'] : ''}${values}${fallback}${main}`
  })
  return [
    `${stage.name} (${stage.kind})`,
    `  ${stage.summary}`,
    '',
    `takes ${takes}, gives ${gives}`,
    '',
    'options',
    ...(options.length === 0 ? ['  none'] : options),
    ...(others === null ? [] : [`  ${'NAME'.padEnd(12)} ${others.description}`]),
    '',
    'how it is run (engine words, beside its options)',
    ...wordsOf(stage).map(({ word, about }) => `  ${word.padEnd(12)} ${about}`),
    '',
    'example',
    `  { ${stage.name}: ${asWritten(stage.example)} }`,
    '',
  ].join('\n')
}

function jsonOf(stage: AnyStage): unknown {
  const [takes, gives] = portsOf(stage)
  const { name, kind, summary, main } = stage
  const example: unknown = stage.example
  const words = wordsOf(stage).map(({ word }) => word)
  return { name, kind, summary, takes, gives, main, example, options: schemaOf(stage).properties, words }
}
