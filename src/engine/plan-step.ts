import { misfits } from '../core/how.js'
import { whyNoRestart } from '../core/no-restart.js'
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
  const { options, written: values } = readOptions(reader, stage, step, parameters)
  const written = step.words.map(({ word }) => word)
  for (const { word, text } of misfits(stage, written, step.how)) {
    const at = step.words.find((one) => one.word === word) ?? step
    reader.report(at, at.path, text, `leave ${word} out`)
  }
  const lasting = typeof step.how.onError === 'object' ? whyNoRestart(stage) : null
  if (lasting !== null) {
    const text = `${stage.name} cannot be built anew after an error: ${lasting}`
    reader.report(step, step.path, text, 'leave onError out: its failure takes nothing else with it')
  }
  const { line, column, path, how } = step
  const key = `${entry.name}/${stage.name}`
  return { line, column, path, key, stage, options, written: values, how, inserted: false }
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
