import { SaccadeError } from './errors.js'
import type { Model, ModelSpec, RunHow } from './inference.js'
import { givenBack, type Held, newHeld, newSlot, notRun, type PoolParts, type Run, type Slot } from './pool-worker.js'
import { RunLine } from './run-line.js'

/** More than these hanging, and no further worker is begun: they are lost to the machine. */
const mostHanging = 8

/**
 * Workers that run models (I4): n in all, each with sessions of whichever models are run on it, one run at a time.
 *
 * A model has one session when it is loaded. It gets a second one, on another worker, when a run has to wait; a worker that
 * has none of them left ends. Which run goes next is said by `RunLine`. A worker that dies or hangs fails the run that it was
 * at, and no other: its sessions are opened anew on another one when they are next needed.
 */
export class WorkerPool {
  readonly #parts: PoolParts
  readonly #slots = new Set<Slot>()
  readonly #ending = new Set<Slot>()
  readonly #models = new Map<string, Held>()
  readonly #line = new RunLine<Run>()
  /** Held and not opened yet, in the order asked for. */
  #asked: Held[] = []
  #opening = 0
  #hanging = 0

  readonly #moveLater = (): void => {
    this.#move()
  }

  constructor(parts: PoolParts) {
    this.#parts = parts
  }

  /** A share of a model; what has the same key is one model. */
  async load(key: string, spec: ModelSpec): Promise<Model<unknown, unknown>> {
    const model = this.#models.get(key) ?? this.#ask(key, spec)
    model.shares++
    await model.first.promise
    return this.#share(model)
  }

  /** Refuses what waits, lets what is under way finish, and resolves when all workers have ended that do not hang. */
  async closeAll(): Promise<void> {
    for (const model of this.#models.values()) this.#refuse(model, notRun(model, 'it was closed'))
    for (const slot of this.#slots) void this.#retire(slot)
    await Promise.all([...this.#ending].map(({ gone }) => gone))
  }

  #ask(key: string, spec: ModelSpec): Held {
    const model = newHeld(key, spec)
    this.#models.set(key, model)
    this.#asked.push(model)
    this.#move()
    return model
  }

  #share(model: Held): Model<unknown, unknown> {
    let closed: Promise<void> | null = null
    const share: Model<unknown, unknown> = {
      get provider() {
        return model.facts?.provider ?? 'none'
      },
      get insteadOf() {
        return model.facts?.insteadOf
      },
      run: (input, how) => {
        if (closed !== null) return Promise.reject(givenBack(model.spec.name))
        model.resting.delete(share)
        return this.#run(model, input, how)
      },
      sessions: () => model.slots.size,
      rest: async () => {
        model.resting.add(share)
        if (model.opening !== null) await model.opening
        const needed = model.resting.size < model.shares || this.#works(model)
        if (needed || model.slots.size === 0) return false
        await this.#letGo(model)
        return true
      },
      close: () => (closed ??= this.#giveBack(model, share)),
    }
    return share
  }

  async #giveBack(model: Held, share: object): Promise<void> {
    model.resting.delete(share)
    model.shares--
    if (model.shares > 0) return
    this.#refuse(model, notRun(model, 'it was closed'))
    await Promise.all([this.#letGo(model), model.opening])
  }

  #run(model: Held, input: unknown, { priority = 1, begun }: RunHow = {}): Promise<unknown> {
    if (model.refusal !== null) return Promise.reject(model.refusal)
    return new Promise((resolve, reject) => {
      this.#line.add({ model, input, priority, begun, resolve, reject })
      this.#move()
    })
  }

  /** Whether a run of it waits or is under way. */
  #works(model: Held): boolean {
    return [...this.#line, ...[...this.#slots].map(({ run }) => run)].some((run) => run?.model === model)
  }

  /** Whatever can begin, begins. */
  #move(): void {
    while (this.#asked.length > 0 && this.#opening < this.#parts.mostOpening) {
      const slot = this.#freeSlot()
      const model = slot === null ? undefined : this.#asked.shift()
      if (slot === null || model === undefined) break
      this.#open(model, slot)
    }
    for (const slot of this.#slots) {
      const run = slot.busy ? null : this.#line.take(({ model }) => slot.sessions.has(model))
      if (run !== null) this.#begin(run, slot)
    }
    if (this.#line.length > 0) this.#openMore()
    if (this.#slots.size === 0 && this.#hanging >= mostHanging) this.#refuseAll()
  }

  /** For runs that have to wait, as no worker that has nothing to do has their model: a session on one of these. */
  #openMore(): void {
    for (const { model } of this.#line) {
      if (this.#opening >= this.#parts.mostOpening) return
      if (model.opening !== null || (model.alone && model.slots.size > 0)) continue
      const slot = this.#freeSlot()
      if (slot !== null) this.#open(model, slot)
    }
  }

  /** A fresh worker while there may be more; else one that has nothing to do. */
  #freeSlot(): Slot | null {
    if (this.#slots.size < this.#parts.most && this.#hanging < mostHanging) return this.#start()
    const free = [...this.#slots].filter(({ busy }) => !busy)
    return free.sort((a, b) => a.sessions.size - b.sessions.size)[0] ?? null
  }

  #start(): Slot {
    const slot = newSlot(this.#parts.start())
    this.#slots.add(slot)
    void slot.worker.ended.then(() => {
      this.#drop(slot)
      slot.left()
    })
    return slot
  }

  #open(model: Held, slot: Slot): void {
    this.#opening++
    slot.busy = true
    slot.opening = model
    const over = (): void => {
      this.#opening--
      slot.busy = false
      slot.opening = null
      model.opening = null
      if (this.#slots.has(slot) && slot.sessions.size === 0) void this.#retire(slot)
      this.#move()
    }
    model.opening = slot.worker.open(model.key, model.spec).then(
      (facts) => {
        if (model.refusal !== null) void slot.worker.release(model.key)
        else if (this.#slots.has(slot)) {
          slot.sessions.add(model)
          model.slots.add(slot)
          model.facts = facts
          // Of a graphics processor there is one, whoever asks.
          model.alone = facts.provider !== 'cpu'
          model.first.resolve()
        }
        over()
      },
      (error: unknown) => {
        if (model.facts === null) this.#refuse(model, error)
        else if (model.slots.size > 0) model.alone = true
        else for (const run of this.#line.remove((one) => one.model === model)) run.reject(error)
        over()
      },
    )
  }

  #begin(run: Run, slot: Slot): void {
    slot.busy = true
    slot.run = run
    const over = (): void => {
      slot.busy = false
      slot.run = null
      if (this.#line.length > 0 || this.#asked.length > 0) this.#parts.soon(this.#moveLater)
    }
    slot.worker.run(run.model.key, run.input).then(
      (value) => {
        run.resolve(value)
        over()
      },
      (error: unknown) => {
        run.reject(error)
        over()
      },
    )
    run.begun?.((error) => {
      if (slot.run === run) this.#giveUp(run, slot, error)
    })
  }

  #giveUp(run: Run, slot: Slot, error: Error): void {
    slot.run = null
    this.#drop(slot)
    this.#hanging++
    void slot.worker.ended.then(() => {
      this.#hanging--
      this.#move()
    })
    run.reject(error)
    slot.worker.leave()
    slot.left()
  }

  /** Closes its sessions; workers that have no others end. */
  async #letGo(model: Held): Promise<void> {
    const ends = [...model.slots].map((slot) => {
      slot.sessions.delete(model)
      const isLast = slot.sessions.size === 0 && slot.opening === null
      return isLast ? this.#retire(slot) : slot.worker.release(model.key)
    })
    model.slots.clear()
    // Where a worker ends there is room for a fresh one.
    this.#move()
    await Promise.all(ends)
  }

  #retire(slot: Slot): Promise<void> {
    this.#drop(slot)
    this.#ending.add(slot)
    void slot.worker.close()
    return slot.gone.then(() => {
      this.#ending.delete(slot)
    })
  }

  #drop(slot: Slot): void {
    this.#slots.delete(slot)
    for (const model of slot.sessions) model.slots.delete(slot)
  }

  /** Nobody can run it any more; whoever loads it from now on gets it anew. */
  #refuse(model: Held, error: unknown): void {
    model.refusal = error instanceof SaccadeError ? error : notRun(model, String(error))
    if (this.#models.get(model.key) === model) this.#models.delete(model.key)
    this.#asked = this.#asked.filter((one) => one !== model)
    model.first.reject(model.refusal)
    for (const run of this.#line.remove((one) => one.model === model)) run.reject(model.refusal)
  }

  #refuseAll(): void {
    const why = `${String(this.#hanging)} workers hang with runs that were given up, and no further one is begun`
    for (const model of this.#asked) this.#refuse(model, notRun(model, why))
    for (const run of this.#line.remove(() => true)) run.reject(notRun(run.model, why))
  }
}
