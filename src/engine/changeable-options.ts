import { SaccadeError } from '../core/errors.js'
import type { Runtime } from '../core/runtime.js'
import type { Options } from '../core/stage.js'
import type { Controls } from '../core/wire.js'
import { optionSchemas, type Values, writtenOptions } from './option-values.js'
import type { Plan, PlannedStep } from './planned.js'
import { suggest } from './problem.js'
import { asWritten } from './written.js'

/** The options of a step that may be changed while it runs. */
export function changeableOf({ stage, inserted }: PlannedStep): readonly string[] {
  return inserted ? [] : (stage.changeable ?? [])
}

/** The options of a run that may be changed while it runs: each stage's own say which. The file stays as it is. */
export class ChangeableOptions {
  readonly #steps: ReadonlyMap<string, PlannedStep>
  readonly #runtime: Runtime
  /** What was changed, by stage and option, as it was written. */
  readonly #changed = new Map<string, Values>()

  constructor(plan: Plan, runtime: Runtime) {
    this.#steps = new Map(plan.entries.flatMap(({ steps }) => steps.map((step) => [step.key, step] as const)))
    this.#runtime = runtime
  }

  /** Each with its value as one writes it, and its JSON schema. */
  list(): Controls['options'] {
    return [...this.#steps.values()].flatMap((step) => {
      const schemas = optionSchemas(step.stage)
      const written = this.#written(step)
      return changeableOf(step).map((option) => {
        const schema = schemas[option] ?? {}
        return { stage: step.key, option, value: written[option] ?? schema['default'], schema }
      })
    })
  }

  /** @throws SaccadeError `usage`, where there is no such option, it may not be changed, or not to this */
  change(stage: string, option: string, value: unknown): void {
    const step = this.#steps.get(stage)
    const { controls } = this.#runtime
    const changing = controls.changing.get(stage)
    if (step === undefined)
      throw refused(`there is no stage ${stage}`, suggest(stage, [...this.#steps.keys()], 'stages'))
    if (changing === undefined || !changeableOf(step).includes(option)) throw fixed(step, option)
    const written = { ...this.#written(step), [option]: value }
    const read = (step.stage.options as Options).safeParse(written)
    if (!read.success) {
      const problems = read.error.issues.map(({ path, message }) => `${path.join('.') || option}: ${message}`)
      const usual = (step.stage.example as Values)[option] ?? optionSchemas(step.stage)[option]?.['default']
      const example = `write for example ${option}: ${asWritten(usual)}`
      throw refused(`${stage} does not take ${option}: ${asWritten(value)}: ${problems.join('; ')}`, example)
    }
    if (asWritten(read.data) === asWritten(changing.value.options)) return
    this.#changed.set(stage, { ...this.#changed.get(stage), [option]: value })
    this.#runtime.tell('info', `${stage}: ${option} is ${asWritten(value)} from now on`)
    changing.next({ options: read.data, changes: changing.value.changes + 1 })
  }

  #written(step: PlannedStep): Values {
    return { ...writtenOptions(step), ...this.#changed.get(step.key) }
  }
}

function fixed(step: PlannedStep, option: string): SaccadeError {
  const { key, stage } = step
  const known = Object.keys(optionSchemas(step.stage))
  if (!known.includes(option)) return refused(`${key} has no option ${option}`, suggest(option, known, 'options'))
  const changeable = changeableOf(step)
  const others = changeable.length === 0 ? '' : `; while it runs: ${changeable.join(', ')}`
  const text = `${option} of ${key} cannot be changed while it runs, as the plan rests on it`
  return refused(text, `change it in the file and start anew: ${stage.name}: { ${option}: … }${others}`)
}

function refused(text: string, remedy: string): SaccadeError {
  return new SaccadeError(text, { code: 'usage', remedy })
}
