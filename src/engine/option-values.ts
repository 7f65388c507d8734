import { z } from 'zod'
import { spreadMain } from '../core/define.js'
import type { AnyStage } from '../core/stage.js'
import type { PlannedStep } from './planned.js'

export type Values = Readonly<Record<string, unknown>>
type Schemas = Readonly<Record<string, Values>>

/** Made once for each stage: each client that comes is told them. */
const made = new WeakMap<AnyStage, Schemas>()

/** The JSON schemas of a stage's options as one writes them, by name. */
export function optionSchemas(stage: AnyStage): Schemas {
  const known = made.get(stage)
  if (known !== undefined) return known
  const schema = z.toJSONSchema(stage.options as z.ZodType, { io: 'input', unrepresentable: 'any' })
  const schemas = (schema.properties ?? {}) as Schemas
  made.set(stage, schemas)
  return schemas
}

/** What was written of a step's options, by name. */
export function writtenOptions({ stage, written }: Pick<PlannedStep, 'stage' | 'written'>): Values {
  return spreadMain(stage, written) as Values
}

/** All that a step is set to, as one writes it, with units: what was written, else the default. */
export function optionsAsWritten(step: PlannedStep): Values {
  const [written, schemas] = [writtenOptions(step), optionSchemas(step.stage)]
  return Object.fromEntries(
    Object.entries(step.options).map(([name, read]) => [name, written[name] ?? schemas[name]?.['default'] ?? read]),
  )
}
