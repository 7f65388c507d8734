import { z } from 'zod'
import { wordsOf } from '../core/how.js'
import type { AnyStage } from '../core/stage.js'
import { asWritten } from './written.js'

/** Its options as JSON schema, by name. */
export function schemaOf(stage: AnyStage): {
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

/** What it takes and what it gives, by the names of their ports. */
export function portsOf(stage: AnyStage): readonly [takes: string, gives: string] {
  const results = (named: Readonly<Record<string, Named>>): string =>
    Object.entries(named)
      .map(([result, port]) => `${result}: ${port.name}`)
      .join(', ') || 'nothing'
  if (stage.kind === 'stream') return ['nothing', results(stage.results as Readonly<Record<string, Named>>)]
  const takes = (stage.input as Named).name
  if (stage.kind === 'sink') return [takes, results(stage.results as Readonly<Record<string, Named>>)]
  return ['joins' in stage ? 'several inputs' : takes, (stage.output as Named).name]
}

/** A stage as a person reads it: what it does, its options, the engine words beside them, an example. */
export function describeStage(stage: AnyStage): string {
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
