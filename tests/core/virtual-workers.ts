import type { ModelSpec } from '../../src/core/inference.js'
import type { OpenedModel, PoolWorker } from '../../src/core/pool-worker.js'

type Task = {
  readonly kind: 'open' | 'run' | 'release' | 'close'
  readonly key: string
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
  readonly #all: VirtualWorker[] = []
  #soon: (() => void)[] = []

  readonly start = (): PoolWorker => {
    const worker = new VirtualWorker(this.complaints)
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
    return this.#all.filter(({ works }) => works).length
  }

  get opening(): number {
    return this.#all.filter(({ works, task }) => works && task?.kind === 'open').length
  }

  get sessions(): readonly (readonly string[])[] {
    return this.#all.map(({ sessions }) => [...sessions])
  }

  /** Whether one that has this model does nothing. */
  freeWith(key: string): boolean {
    return this.#all.some(({ works, task, sessions }) => works && task === undefined && sessions.has(key))
  }

  /** Something happens to one that does something. */
  at(nth: number, what: 'finish' | 'fail' | 'die'): void {
    const busy = this.#all.filter(({ task, hangs }) => task !== undefined && !hangs)
    const worker = busy[nth % busy.length]
    if (what === 'finish') worker?.finish()
    else if (what === 'fail') worker?.fail()
    else worker?.die()
  }

  finishAll(kind?: Task['kind']): void {
    for (const worker of this.#all) if (kind === undefined || worker.task?.kind === kind) worker.finish()
  }
}

class VirtualWorker implements PoolWorker {
  readonly sessions = new Set<string>()
  readonly ended: Promise<void>
  hangs = false
  readonly #complaints: string[]
  readonly #tasks: Task[] = []
  #isOver = false
  #closing = false
  #end: () => void = () => undefined

  constructor(complaints: string[]) {
    this.#complaints = complaints
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  get task(): Task | undefined {
    return this.#tasks[0]
  }

  get works(): boolean {
    return !this.#isOver && !this.#closing && !this.hangs
  }

  open = (key: string): Promise<OpenedModel> => {
    if (this.#tasks.some(({ kind }) => kind === 'open' || kind === 'run')) this.#complaints.push(`${key}: busy`)
    if (this.sessions.has(key)) this.#complaints.push(`${key}: opened twice`)
    return this.#do('open', key) as Promise<OpenedModel>
  }

  run = (key: string): Promise<unknown> => {
    if (this.#tasks.some(({ kind }) => kind === 'open' || kind === 'run')) this.#complaints.push(`${key}: two at once`)
    if (!this.sessions.has(key)) this.#complaints.push(`${key}: not open`)
    return this.#do('run', key)
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
  }

  finish(): void {
    const task = this.hangs ? undefined : this.#tasks.shift()
    if (task === undefined) return
    if (task.kind === 'open') this.sessions.add(task.key)
    if (task.kind === 'release') this.sessions.delete(task.key)
    if (task.kind === 'close') this.#over('closed')
    task.resolve(task.kind === 'open' ? { provider: 'cpu' } : 'done')
  }

  fail(): void {
    this.#tasks.shift()?.reject(new Error('on purpose'))
  }

  die(): void {
    this.#over('died')
  }

  #over(why: string): void {
    this.#isOver = true
    for (const { reject } of this.#tasks.splice(0)) reject(new Error(why))
    this.#end()
  }

  #do(kind: Task['kind'], key: string): Promise<unknown> {
    if (this.#isOver || (this.#closing && kind !== 'close')) return Promise.reject(new Error('over'))
    return new Promise((resolve, reject) => this.#tasks.push({ kind, key, resolve, reject }))
  }
}
