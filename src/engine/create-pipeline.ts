import type { HttpServer } from '../adapters/web-server.js'
import { adapters as defaultAdapters } from '#adapters'
import { readText } from '../adapters/read-file.js'
import type { Adapters } from '../core/adapters.js'
import { SaccadeError } from '../core/errors.js'
import { type MountOptions, mountRun, type ServeOptions, serveRun } from './serve.js'
import { planPipeline } from './plan.js'
import type { Plan } from './planned.js'
import { formatProblem, type Problem } from './problem.js'
import { readPipeline } from './read-pipeline.js'
import { createRegistry } from './registry.js'
import { Run, type RunOptions } from './run.js'

export type PipelineOptions = RunOptions & {
  /** Values for the file's parameters, as `--set name=value`. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Stages of the host's own, defined by `defineOperator`, `defineStream`, `defineSink`. */
  readonly stages?: readonly unknown[]
}

/** A pipeline was refused: every problem, with line and column (C1). */
export class RefusedPipeline extends SaccadeError {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'one problem' : `${String(problems.length)} problems`
    super(`${file} has ${count}:\n${problems.map((problem) => formatProblem(file, problem)).join('\n')}`, {
      code: 'config',
      where: file,
      remedy: 'mend what is listed',
    })
    this.problems = problems
  }
}

/** A pipeline in the host's hands: a run, and where it is served. */
export class PipelineRun extends Run {
  /** Serves page, socket, `/healthz`, `/state.json` and `/metrics` under a path of a server of the host's own. */
  mount(server: HttpServer, path = '/', options: MountOptions = {}): void {
    mountRun(this, server, path, options)
  }

  /** Serves the same on a port of its own, on loopback unless told; gives the address. */
  serve(options: ServeOptions = {}): Promise<string> {
    return serveRun(this, options)
  }
}

/**
 * Reads, checks and plans a pipeline file; nothing starts before `start()`.
 *
 * @param file path of the file
 * @throws RefusedPipeline with every problem
 * @example
 * const run = await createPipeline('pipelines/follow-face.yaml', { set: { camera: 'clip.mp4' } })
 */
export async function createPipeline(file: string, options: PipelineOptions = {}): Promise<PipelineRun> {
  return new PipelineRun(await loadPlan(file, await readText(file), options), options)
}

/** The plan of a pipeline text. @throws RefusedPipeline */
export async function loadPlan(file: string, text: string, options: PipelineOptions = {}): Promise<Plan> {
  const { pipeline, problems } = readPipeline(text, file, options.set ?? {})
  const adapters = options.adapters ?? defaultAdapters()
  const planned = planPipeline(pipeline, file, createRegistry(options.stages), adapters)
  const all = [...problems, ...planned.problems]
  all.push(...(await checkStages(planned.plan, adapters)))
  if (all.length > 0)
    throw new RefusedPipeline(
      file,
      all.sort((a, b) => a.line - b.line || a.column - b.column),
    )
  return planned.plan
}

/** What stages know to be wrong before they start: a file that is not there. */
async function checkStages(plan: Plan, adapters: Adapters): Promise<readonly Problem[]> {
  const steps = plan.entries.flatMap((entry) => entry.steps)
  const found = await Promise.all(
    steps.map(async (step): Promise<readonly Problem[]> => {
      // Options that did not parse were told already.
      const check = Object.keys(step.options).length === 0 ? undefined : step.stage.check
      const problem = await check?.(step.options, adapters)
      if (problem === undefined || problem === null) return []
      const { option, text, remedy } = problem
      return [{ line: step.line, column: step.column, path: `${step.path}.${option}`, text, remedy }]
    }),
  )
  return found.flat()
}
