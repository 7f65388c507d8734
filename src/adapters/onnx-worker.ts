import { stat } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { checkPicture } from '../core/check-picture.js'
import { SaccadeError } from '../core/errors.js'
import { readCurrent } from '../core/frame.js'
import type { FitJob, InferenceJob, JobInput, TensorLike } from '../core/inference.js'
import { misfits, modelFacts } from './onnx-fit.js'
import type { OnnxCall, OnnxReply, ToldModel } from './onnx-protocol.js'
import { loadOptional } from './optional.js'

type Job = InferenceJob<unknown, unknown>
type JobModule = { readonly job?: Job; readonly fitJob?: FitJob<unknown, unknown, unknown> }

/** One thread, no spinning: a second one spins through its idle time and costs five times the processor. */
const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
}

const install =
  'npm i onnxruntime-node (with ONNXRUNTIME_NODE_INSTALL=skip in the environment where nothing outside the registry is reached)'

type LoadCall = OnnxCall & { readonly kind: 'load' }
/** A model's file, and its name in errors. */
type ModelFile = Pick<LoadCall, 'name' | 'file'>

const callsUnderWay = new Int32Array(workerData as SharedArrayBuffer)
// The import begins with the thread, before it is known which model it is for, and counts as a call under way.
const runtime = loadOptional('onnxruntime-node', () => import('onnxruntime-node'), install)
runtime.then(callEnded, callEnded)

let name = ''
let run: (input: unknown) => Promise<unknown> = () => Promise.reject(new Error('no model is loaded'))
let release = (): Promise<void> => Promise.resolve()

parentPort?.on('message', (call: OnnxCall) => {
  if (call.kind === 'run') void answer(() => run(call.input))
  else if (call.kind === 'close') void answer(release).then(leave)
  else {
    void answer(() => (call.kind === 'tell' ? tell(call) : load(call))).then((done) => {
      if (!done) leave()
    })
  }
})

async function load(model: LoadCall): Promise<unknown> {
  ;({ name } = model)
  const [ort, module] = await Promise.all([runtime, importJob(model)])
  const session = await openSession(ort.InferenceSession, model)
  release = () => session.release()
  const job = fit(module, model, session)
  run = runner(session, ort.Tensor, job)
  await run(job.example())
  return null
}

/** What a file tells of its model, and which ONNX Runtime read it. */
async function tell(model: ModelFile): Promise<ToldModel> {
  ;({ name } = model)
  const ort = await runtime
  const session = await openSession(ort.InferenceSession, model)
  const facts = modelFacts(name, session)
  await session.release()
  return { ...facts, runtime: ort.env.versions.node ?? 'unknown' }
}

/** The job for this model; whatever keeps the two apart is told at once. */
function fit({ job: fixed, fitJob }: JobModule, { file, setup }: LoadCall, session: InferenceSession): Job {
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

async function importJob(model: LoadCall): Promise<JobModule> {
  const facts = { code: 'internal', remedy: 'build the project: npm run build' } as const
  try {
    const module = (await import(model.job)) as JobModule
    if (module.job !== undefined || module.fitJob !== undefined) return module
  } catch (cause) {
    throw new SaccadeError(`cannot run model ${name} as its job cannot be imported: ${String(cause)}`, {
      ...facts,
      cause,
    })
  }
  throw new SaccadeError(`cannot run model ${name} as ${model.job} must export job or fitJob: it does not`, facts)
}

async function openSession(sessions: typeof InferenceSession, model: ModelFile): Promise<InferenceSession> {
  const facts = await stat(model.file).catch(() => null)
  if (facts?.isFile() !== true || facts.size === 0) {
    const is = facts?.isFile() === true ? 'is empty' : 'is no file'
    const why = facts === null ? `there is no file ${model.file}` : `${model.file} ${is}`
    throw new SaccadeError(`cannot load model ${name}: ${why}`, {
      code: 'model',
      remedy: 'name a path that ends in .onnx, or leave the option away to use the model that comes with the stage',
    })
  }
  try {
    return await sessions.create(model.file, sessionOptions)
  } catch (cause) {
    // Its words may begin with a line of C++.
    const words = cause instanceof Error ? cause.message : String(cause)
    const why = (words.trim().split('\n').at(-1) ?? '').replace(/^Load model from .* failed: ?/, '').slice(0, 200)
    throw new SaccadeError(`cannot load model ${name} as ${model.file} must be a whole ONNX file: ${why}`, {
      code: 'model',
      remedy: 'get the file anew: it is broken off, or something else under this name',
      cause,
    })
  }
}

function runner(session: InferenceSession, tensors: typeof Tensor, job: Job): (input: unknown) => Promise<unknown> {
  const names = job.outputs.map(({ name }) => name)
  return async (input) => {
    const feeds: Record<string, Tensor> = {}
    for (const [name, { type, data, dims }] of Object.entries(prepare(job, input))) {
      feeds[name] = new tensors(type, data, dims)
    }
    const outputs = await session.run(feeds, names)
    // The job asks for these names, and their types were checked when the model was loaded.
    return job.finish(outputs as unknown as Record<string, TensorLike>, input)
  }
}

/** Pixels are read here alone: a picture that was given back before or meanwhile is refused, as it may be half the next one. */
function prepare(job: Job, input: unknown): ReturnType<Job['prepare']> {
  const picture = (input as JobInput | null)?.picture
  if (picture === undefined) return job.prepare(input)
  checkPicture(name, picture)
  return readCurrent(picture, () => job.prepare(input))
}

/** Does one call, replies, and only then counts it as over: whoever waits for the count may end the process. */
async function answer(work: () => Promise<unknown>): Promise<boolean> {
  try {
    reply({ kind: 'done', value: await work() })
    return true
  } catch (thrown) {
    reply(failure(thrown))
    return false
  } finally {
    callEnded()
  }
}

function callEnded(): void {
  Atomics.sub(callsUnderWay, 0, 1)
  Atomics.notify(callsUnderWay, 0)
}

function reply(message: OnnxReply): void {
  parentPort?.postMessage(message)
}

function failure(thrown: unknown): OnnxReply {
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
