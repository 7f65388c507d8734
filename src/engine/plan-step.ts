import type { AnyStage } from '../core/stage.js'
import type { Parameter, WrittenEntry, WrittenStep } from './pipeline.js'
import type { PlannedStep } from './planned.js'
import { suggest } from './problem.js'
import { readOptions } from './read-options.js'
import type { Reader } from './reader.js'
import type { Registry } from './registry.js'

/** One stage of an entry: known, in a place where it may stand, its options read. Undefined and a report where not. */
export function planStep(
  reader: Reader,
  registry: Registry,
  parameters: ReadonlyMap<string, Parameter>,
  entry: WrittenEntry,
  index: number,
): PlannedStep | undefined {
  const step = entry.steps[index]
  if (step === undefined) return undefined
  const stage = stageOf(reader, registry, entry, step, index)
  if (stage === undefined) return undefined
  const options = readOptions(reader, stage, step, parameters)
  if (stage.kind === 'operator' && ('packets' in stage || 'joins' in stage) && step.onError === 'skip') {
    reader.report(step, step.path, `${stage.name} is not one for one, so it cannot skip an item`, 'leave onError out')
  }
  const isLast = index === entry.steps.length - 1
  if (entry.watchdog !== null && isLast && stage.kind === 'sink' && !stage.actuator) {
    reader.report(step, step.path, `${stage.name} moves nothing, so it has no watchdog`, 'leave watchdog out')
  }
  const how = { onError: step.onError, ...(entry.watchdog === null ? {} : { watchdog: entry.watchdog }) }
  const { line, column, path } = step
  return { line, column, path, key: `${entry.name}/${stage.name}`, stage, options, how, inserted: false }
}

function stageOf(
  { report }: Reader,
  registry: Registry,
  entry: WrittenEntry,
  step: WrittenStep,
  index: number,
): AnyStage | undefined {
  const isLast = index === entry.steps.length - 1
  const wanted = entry.kind === 'sink' && !isLast ? 'operator' : entry.kind
  const fitting = [...registry.values()].filter((one) => one.kind === wanted).map((one) => one.name)
  const remedy = suggest(step.stage, fitting, `${wanted}s`)
  const stage = registry.get(step.stage)
  if (stage === undefined) {
    report(step, step.path, `there is no stage ${step.stage}`, remedy)
    return undefined
  }
  if (stage.kind !== wanted) {
    const article = (kind: string): string => `${kind === 'operator' ? 'an' : 'a'} ${kind}`
    report(
      step,
      step.path,
      `${stage.name} is ${article(stage.kind)}, and this is the place of ${article(wanted)}`,
      remedy,
    )
    return undefined
  }
  if (entry.kind === 'stream' && entry.steps.length > 1) {
    if (index === 1) report(step, step.path, 'a stream is one stage', 'put what follows under operators')
    return undefined
  }
  return stage
}
