import type { ModelSpec } from '../../src/core/inference.js'
import type { OpenedModel, PoolWorker } from '../../src/core/pool-worker.js'

type Task = {
  readonly kind: 'open' | 'run' | 'release' | 'close'
  readonly key: string
  /** The spec of what is opened, the input of what is run. */
  readonly of: unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export const specOf = (name: string): ModelSpec => ({
  name,
  version: '1',
  file: new URL(`file:///${name}.onnx`),
  job: new URL('file:///job.js'),
})

/** Lets every promise and every `soon` have its turn. */
export async function settled(workers: VirtualWorkers): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    for (let hop = 0; hop < 12; hop++) await Promise.resolve()
    workers.flush()
  }
}

/** Workers that do what they are told when the test says so, and complain of what a worker cannot do. */
export class VirtualWorkers {
  readonly complaints: string[] = []
  /** What each run that failed at a worker was given. */
  readonly failed = new Set<unknown>()
  readonly #provider: string
  readonly #all: VirtualWorker[] = []
  #soon: (() => void)[] = []

  /** @param provider that every session gets */
  constructor(provider = 'cpu') {
    this.#provider = provider
  }

  readonly start = (): PoolWorker => {
    const worker = new VirtualWorker(this, this.#provider)
    this.#all.push(worker)
    return worker
  }

  readonly soon = (call: () => void): void => {
    this.#soon.push(call)
  }

  flush(): void {
    for (const call of this.#soon.splice(0)) call()
  }

  get started(): number {
    return this.#all.length
  }

  /** Workers that have not ended, are not asked to end, and do not hang. */
  get working(): number {
    return this.#working.length
  }

  get hanging(): number {
    return this.#all.filter(({ hangs }) => hangs).length
  }

  /** The specs of what is being opened, one for each worker that does. */
  get opening(): readonly unknown[] {
    return this.#working.flatMap(({ work }) => (work?.kind === 'open' ? [work.of] : []))
  }

  get sessions(): readonly (readonly string[])[] {
    return this.#all.map(({ sessions }) => [...sessions])
  }

  /** What each one is at that works. */
  get tasks(): readonly string[] {
    return this.#working.map(({ work }) => (work === undefined ? 'nothing' : `${work.kind} ${work.key}`))
  }

  /** Nothing is to be finished. */
  get idle(): boolean {
    return this.#all.every(({ task }) => task === undefined)
  }

  /** How many have this model. */
  having(key: string): number {
    return this.#working.filter((worker) => worker.has(key)).length
  }

  /** How many do nothing: of those that have this model, or of those that have it not. */
  free(key: string, has: boolean): number {
    return this.#working.filter((worker) => worker.task === undefined && worker.has(key) === has).length
  }

  /** Something happens to one that does something. */
  at(nth: number, what: 'finish' | 'fail' | 'die'): void {
    const busy = this.#all.filter(({ task }) => task !== undefined)
    const worker = busy[nth % busy.length]
    if (what === 'finish') worker?.finish()
    else if (what === 'fail') worker?.fail()
    else worker?.die()
  }

  /** One that hangs comes to its end after all. */
  unhang(nth: number): void {
    const hanging = this.#all.filter(({ hangs }) => hangs)
    hanging[nth % hanging.length]?.die()
  }

  finishAll(kind?: Task['kind']): void {
    for (const worker of this.#all) if (kind === undefined || worker.task?.kind === kind) worker.finish()
  }

  get #working(): readonly VirtualWorker[] {
    return this.#all.filter(({ works }) => works)
  }
}

class VirtualWorker implements PoolWorker {
  readonly sessions = new Set<string>()
  readonly ended: Promise<void>
  hangs = false
  readonly #told: Pick<VirtualWorkers, 'complaints' | 'failed'>
  readonly #provider: string
  readonly #tasks: Task[] = []
  #isOver = false
  #closing = false
  #end: () => void = () => undefined

  constructor(told: Pick<VirtualWorkers, 'complaints' | 'failed'>, provider: string) {
    this.#told = told
    this.#provider = provider
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get task(): Task | undefined {
    return this.#tasks[0]
  }

  /** What the pool has it do; it may have a session to give back before that. */
  get work(): Task | undefined {
    return this.#tasks.find(({ kind }) => kind === 'open' || kind === 'run') ?? this.task
  }

  /** A session that is not to be given back. */
  has(key: string): boolean {
    return this.sessions.has(key) && !this.#tasks.some((task) => task.kind === 'release' && task.key === key)
  }

  get works(): boolean {
    return !this.#isOver && !this.#closing && !this.hangs
  }

  open = (key: string, spec: ModelSpec): Promise<OpenedModel> => {
    if (this.has(key)) this.#told.complaints.push(`${key}: opened twice`)
    return this.#alone('open', key, spec) as Promise<OpenedModel>
  }

  run = (key: string, input: unknown): Promise<unknown> => {
    if (!this.has(key)) this.#told.complaints.push(`${key}: not open`)
    return this.#alone('run', key, input)
  }

  release = async (key: string): Promise<void> => {
    await this.#do('release', key).catch(() => undefined)
  }

  close = (): Promise<void> => {
    this.#closing = true
    if (this.#tasks.length === 0) this.#over('closed')
    else void this.#do('close', '').catch(() => undefined)
    return this.ended
  }

  leave = (): void => {
    this.hangs = true
    for (const task of this.#tasks.splice(0)) this.#reject(task, 'was left')
  }

  finish(): void {
    const task = this.#tasks.shift()
    if (task === undefined) return
    if (task.kind === 'open') this.sessions.add(task.key)
    if (task.kind === 'release') this.sessions.delete(task.key)
    if (task.kind === 'close') this.#over('closed')
    task.resolve(task.kind === 'open' ? { provider: this.#provider } : 'done')
  }

  /** Giving a session back and ending never fail. */
  fail(): void {
    const kind = this.task?.kind
    const task = kind === 'open' || kind === 'run' ? this.#tasks.shift() : undefined
    if (task === undefined) this.finish()
    else this.#reject(task, 'failed on purpose')
  }

  die(): void {
    this.#over('died')
  }

  #over(why: string): void {
    this.#isOver = true
    this.hangs = false
    this.#end()
    for (const task of this.#tasks.splice(0)) this.#reject(task, why)
  }

  #reject({ kind, key, of, reject }: Task, why: string): void {
    if (kind === 'run') this.#told.failed.add(of)
    reject(new Error(`${kind} ${key} ${why}`))
  }

  /** What is never asked of a worker that is at something, or takes nothing more. */
  #alone(kind: 'open' | 'run', key: string, of: unknown): Promise<unknown> {
    if (!this.works) this.#told.complaints.push(`${key}: ${kind} at one that has ended`)
    if (this.work?.kind === 'open' || this.work?.kind === 'run') this.#told.complaints.push(`${key}: two at once`)
    return this.#do(kind, key, of)
  }

  #do(kind: Task['kind'], key: string, of?: unknown): Promise<unknown> {
    if (this.#isOver || (this.#closing && kind !== 'close')) return Promise.reject(new Error('over'))
    return new Promise((resolve, reject) => this.#tasks.push({ kind, key, of, resolve, reject }))
  }
}
