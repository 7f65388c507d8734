import { parentPort, workerData } from 'node:worker_threads'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { checkPicture } from '../core/check-picture.js'
import { SaccadeError } from '../core/errors.js'
import { readCurrent } from '../core/frame.js'
import type { FitJob, InferenceJob, JobInput, Provider, TensorLike } from '../core/inference.js'
import { exitCounts } from './onnx-exit-guard.js'
import { checkModelFile } from './onnx-file.js'
import { misfits, modelFacts } from './onnx-fit.js'
import { rewriteFile } from './onnx-rewrites.js'
import type { OnnxCall, OnnxReply, OpenedSession, ToldModel } from './onnx-protocol.js'
import { loadOptional } from './optional.js'

type Job = InferenceJob<unknown, unknown>
type JobModule = { readonly job?: Job; readonly fitJob?: FitJob<unknown, unknown, unknown> }

/** One thread, no spinning: a second one spins through its idle time and costs five times the processor. */
const sessionOptions: InferenceSession.SessionOptions = {
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
}

const install =
  'npm i onnxruntime-node (with ONNXRUNTIME_NODE_INSTALL=skip in the environment where nothing outside the registry is reached)'

type OpenCall = OnnxCall & { readonly kind: 'open' }
/** A model's file, and its name in errors. */
type ModelFile = Pick<OpenCall, 'name' | 'file'>
type Runtime = Awaited<typeof runtime>
type Opened = {
  readonly name: string
  readonly run: (input: unknown) => Promise<unknown>
  readonly release: () => Promise<void>
}

const callsUnderWay = new Int32Array(workerData as SharedArrayBuffer)
// The import begins with the thread, before it is known which model it is for, and counts as a call under way.
const runtime = loadOptional('onnxruntime-node', () => import('onnxruntime-node'), install)
runtime.then(callEnded, callEnded)

const sessions = new Map<string, Opened>()

parentPort?.on('message', (call: OnnxCall) => {
  if (call.kind === 'run') {
    const session = sessions.get(call.key)
    const run = (): Promise<unknown> => session?.run(call.input) ?? Promise.reject(new Error('it is not loaded'))
    void answer(session?.name ?? 'of no name', run)
  } else if (call.kind === 'open') void answer(call.name, () => open(call))
  else if (call.kind === 'tell') void answer(call.name, () => tell(call))
  else if (call.kind === 'release') void answer('in a worker', () => release(call.key))
  else void answer('in a worker', releaseAll).then(leave)
})

async function open(call: OpenCall): Promise<OpenedSession> {
  const [ort, module, checked] = await Promise.all([runtime, importJob(call), checkModelFile(call)])
  const { key, provider } = call
  // What fails is told as an error, not on stderr too.
  ort.env.logLevel = 'fatal'
  let insteadOf = whyNot(ort, provider)
  if (provider !== 'cpu' && insteadOf === null) {
    try {
      sessions.set(key, await openOn(provider, ort, module, call))
      return { provider, checked }
    } catch (error) {
      insteadOf = `${provider} does not run it here: ${wordsOf(error instanceof SaccadeError ? error.cause : error)}`
    }
  }
  sessions.set(key, await openOn('cpu', ort, module, call))
  return { provider: 'cpu', checked, ...(insteadOf === null ? {} : { insteadOf }) }
}

/** Why this build of ONNX Runtime cannot compute so at all; null where it may. */
function whyNot(ort: Runtime, provider: Provider): string | null {
  const names = ort.listSupportedBackends().map(({ name }) => name)
  if (provider === 'cpu' || names.includes(provider)) return null
  return `onnxruntime-node has no ${provider} on this machine: it has ${names.join(', ')}`
}

async function openOn(provider: Provider, ort: Runtime, module: JobModule, call: OpenCall): Promise<Opened> {
  const session = await openSession(ort.InferenceSession, provider, call)
  const release = (): Promise<void> => session.release()
  try {
    const job = fit(module, call, session)
    const run = runner(session, ort.Tensor, job, call.name)
    await run(job.example())
    return { name: call.name, run, release }
  } catch (error) {
    await release()
    throw error
  }
}

async function release(key: string): Promise<null> {
  const session = sessions.get(key)
  sessions.delete(key)
  await session?.release()
  return null
}

async function releaseAll(): Promise<null> {
  for (const key of [...sessions.keys()]) await release(key)
  return null
}

/** What a file tells of its model, and which ONNX Runtime read it. */
async function tell({ name, file }: ModelFile): Promise<ToldModel> {
  await checkModelFile({ name, file, sha256: undefined, checked: undefined })
  const ort = await runtime
  const session = await openSession(ort.InferenceSession, 'cpu', { name, file })
  const facts = modelFacts(name, session)
  await session.release()
  const rewrites = (await rewriteFile(file))?.told ?? []
  return { ...facts, rewrites, runtime: ort.env.versions.node ?? 'unknown' }
}

/** The job for this model; whatever keeps the two apart is told at once. */
function fit({ job: fixed, fitJob }: JobModule, { name, file, setup }: OpenCall, session: InferenceSession): Job {
  const fitted = fitJob?.(setup, modelFacts(name, session)) ?? fixed ?? []
  const problems = isJob(fitted) ? misfits(fitted, session) : fitted
  if (isJob(fitted) && problems.length === 0) return fitted
  throw new SaccadeError(`cannot use model ${name} (${file}) as it does not fit its stage: ${problems.join('; ')}`, {
    code: 'model',
    remedy: 'name a model that was made for this stage, or leave the option away to use the one that comes with it',
  })
}

function isJob(fitted: Job | readonly string[]): fitted is Job {
  return 'prepare' in fitted
}

async function importJob({ name, job }: OpenCall): Promise<JobModule> {
  const facts = { code: 'internal', remedy: 'build the project: npm run build' } as const
  try {
    const module = (await import(job)) as JobModule
    if (module.job !== undefined || module.fitJob !== undefined) return module
  } catch (cause) {
    throw new SaccadeError(`cannot run model ${name} as its job cannot be imported: ${String(cause)}`, {
      ...facts,
      cause,
    })
  }
  throw new SaccadeError(`cannot run model ${name} as ${job} must export job or fitJob: it does not`, facts)
}

async function openSession(
  inference: typeof InferenceSession,
  provider: Provider,
  { name, file }: ModelFile,
): Promise<InferenceSession> {
  const options = { ...sessionOptions, executionProviders: [provider] }
  try {
    const rewritten = provider === 'cpu' ? await rewriteFile(file) : null
    if (rewritten !== null) {
      const { file: bytes } = rewritten
      // Where this fails, what its maker wrote counts.
      const session = await inNativeCode(() => inference.create(bytes, options)).catch(() => null)
      if (session !== null) return session
    }
    return await inNativeCode(() => inference.create(file, options))
  } catch (cause) {
    const why = wordsOf(cause).replace(/^Load model from .* failed: ?/, '')
    throw new SaccadeError(`cannot load model ${name} as ${file} must be a whole ONNX file: ${why}`, {
      code: 'model',
      remedy: 'get the file anew: it is broken off, or something else under this name',
      cause,
    })
  }
}

/** The words of ONNX Runtime, which may begin with a line of C++ and end with where it was. */
function wordsOf(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause)
  const lines = words.split('\n').map((line) => line.trim())
  return (lines.filter((line) => line !== '' && !line.startsWith('at ')).at(-1) ?? '').slice(0, 200)
}

function runner(
  session: InferenceSession,
  tensors: typeof Tensor,
  job: Job,
  name: string,
): (input: unknown) => Promise<unknown> {
  const names = job.outputs.map((output) => output.name)
  const feeds: Record<string, Tensor> = {}
  return async (input) => {
    for (const [tensor, { type, data, dims }] of Object.entries(prepare(job, input, name))) {
      // A job writes into the same memory each time: one tensor lies on it for good.
      const known = feeds[tensor]
      if (known === undefined || known.data !== data || !sameDims(known.dims, dims))
        feeds[tensor] = new tensors(type, data, dims)
    }
    const outputs = await inNativeCode(() => session.run(feeds, names))
    // The job asks for these names, and their types were checked when the model was loaded.
    return job.finish(outputs as unknown as Record<string, TensorLike>, input)
  }
}

function sameDims(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i])
}

/** Pixels are read here alone: a picture that was given back before or meanwhile is refused, as it may be half the next one. */
function prepare(job: Job, input: unknown, name: string): ReturnType<Job['prepare']> {
  const picture = (input as JobInput | null)?.picture
  if (picture === undefined) return job.prepare(input)
  checkPicture(name, picture)
  return readCurrent(picture, () => job.prepare(input))
}

/** Does one call, replies, and only then counts it as over: whoever waits for the count may end the process. */
async function answer(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    reply({ kind: 'done', value: await work() })
  } catch (thrown) {
    reply(failure(name, thrown))
  } finally {
    callEnded()
  }
}

/** Where it does not come back, nothing but the end of the process ends it. */
async function inNativeCode<T>(work: () => Promise<T>): Promise<T> {
  Atomics.add(callsUnderWay, exitCounts.native, 1)
  try {
    return await work()
  } finally {
    Atomics.sub(callsUnderWay, exitCounts.native, 1)
  }
}

function callEnded(): void {
  Atomics.sub(callsUnderWay, 0, 1)
  Atomics.notify(callsUnderWay, 0)
}

function reply(message: OnnxReply): void {
  parentPort?.postMessage(message)
}

function failure(name: string, thrown: unknown): OnnxReply {
  if (thrown instanceof SaccadeError) {
    const { code, message, remedy } = thrown
    return { kind: 'failed', code, message, remedy, cause: thrown.stack }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const cause = thrown instanceof Error ? thrown.stack : undefined
  return {
    kind: 'failed',
    code: 'stage',
    message: `model ${name}: ${message}`,
    remedy: 'look at what the item held, or let the stage skip it with onError: skip',
    cause,
  }
}

/** The thread ends by itself once its port is closed. */
function leave(): void {
  parentPort?.close()
}
