import { BehaviorSubject, Observable, ReplaySubject, type Subscriber, type Subscription } from 'rxjs'
import type { Adapters } from '../core/adapters.js'
import { SaccadeError } from '../core/errors.js'
import { withoutDemand } from '../core/fan-out.js'
import type { Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import { createVirtualClock, type VirtualClock } from '../core/virtual-clock.js'
import type { Command, Controls, RunEvent, RunState } from '../core/wire.js'
import { build, type Built } from './build.js'
import { Control } from './control.js'
import { type Closer, endRun, type StopReport } from './end-run.js'
import { type Expectations, watchExpectations } from './expectations.js'
import type { Plan } from './planned.js'
import { suggest } from './problem.js'
import { snapshot } from './snapshot.js'

/** planning → opening → running ⇄ paused → draining → stopped | failed(cause) */
export type RunPhase =
  | { readonly state: 'planning' | 'opening' | 'running' | 'paused' | 'draining' | 'stopped' }
  | { readonly state: 'failed'; readonly cause: SaccadeError }

export type RunOptions = {
  /** `virtual`: time moves only when nothing real is under way (T2). */
  readonly clock?: 'real' | 'virtual'
  readonly signal?: AbortSignal
  readonly adapters?: Adapters
  /** Of all that is drawn: the jitter of back-offs. The same on the virtual clock unless told (T2). */
  readonly seed?: number
}

/** W5: what changed is told together; where nobody wants it and nothing is expected, only what was lost is, less often. */
const [telemetryMs, quietMs] = [100, 1000]
const nobody = { next: () => undefined, error: () => undefined, complete: () => undefined }

/** A pipeline that runs: its state, its results, its end. */
export class Run {
  /** Another one for each run: who comes back knows by it that all began anew. */
  readonly id = globalThis.crypto.randomUUID()
  readonly plan: Plan
  readonly runtime: Runtime
  readonly state$ = new BehaviorSubject<RunPhase>({ state: 'planning' })
  /** Each branch that died (S4), as it dies, also those of before; completes with the run. */
  readonly failures$: Observable<SaccadeError>
  readonly #virtual: VirtualClock | null
  readonly #built: Built
  readonly #control: Control
  #expectations: Expectations = { read: () => [] }
  readonly #subscriptions: Subscription[] = []
  readonly #told = new ReplaySubject<SaccadeError>()
  readonly #failures: SaccadeError[] = []
  #waitingTaps: { readonly name: string; readonly downstream: Subscriber<Packet<unknown>> }[] = []
  #started = false
  /** All who consume from the start have been subscribed. */
  #consuming = false
  #runningSinceMs: number | null = null
  /** Who consumes and has not ended; one name may be there more than once. */
  readonly #open = new Set<{ readonly name: string }>()
  #finished: () => void = () => undefined
  readonly #drained = new Promise<void>((resolve) => {
    this.#finished = resolve
  })
  #ended: Promise<StopReport> | null = null
  readonly #closers: Closer[] = []
  /** How to cancel what was set on the clock for the length of the run. */
  readonly #timers = new Map<'telemetry' | 'limit', () => void>()

  constructor(plan: Plan, options: RunOptions = {}) {
    this.plan = plan
    this.#virtual = options.clock === 'virtual' ? createVirtualClock() : null
    this.runtime = new Runtime({
      ...(this.#virtual === null ? {} : { clock: this.#virtual }),
      ...(options.adapters === undefined ? {} : { adapters: options.adapters }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    })
    this.#built = this.runtime.run(() => build(plan, this.runtime))
    this.#control = new Control(plan, this.runtime, () => this.#ended !== null)
    this.runtime.controls.pausing.paused$.subscribe((paused) => {
      const { state } = this.state$.value
      if (state === 'running' || state === 'paused') this.#runs(paused)
    })
    this.failures$ = this.#told.asObservable()
    this.#built.branches.failures$.subscribe((error) => {
      this.#failures.push(error)
      this.#told.next(error)
    })
    const { signal } = options
    if (signal === undefined) return
    const stop = (): void => void this.stop()
    signal.addEventListener('abort', stop, { once: true })
    this.state$.subscribe({
      complete: () => {
        signal.removeEventListener('abort', stop)
      },
    })
    if (signal.aborted) stop()
  }

  /** Any result as a plain Observable: `faces`, `room.video`, `head`. Delivered in the turn it happens; nothing is kept. */
  tap(name: string): Observable<Packet<unknown>> {
    const result$ = this.#result(name)
    if (result$ === undefined) {
      throw new SaccadeError(`there is no result ${name}`, {
        code: 'config',
        remedy: suggest(name, [...this.#built.results.keys()], 'results'),
      })
    }
    return new Observable((downstream) => {
      if (this.#started) return this.#built.branches.consumed(result$).subscribe(downstream)
      this.#waitingTaps.push({ name, downstream })
      return undefined
    })
  }

  /** Who taps only looks: it is no branch that others wait for, and waits for nobody (E6). */
  #result(name: string): Observable<Packet<unknown>> | undefined {
    const result$ = this.#built.results.get(name)
    return result$ === undefined ? undefined : withoutDemand(result$)
  }

  /** What can be paused, looked at, stopped and changed while it runs. */
  get controls(): Controls {
    return this.#control.read()
  }

  /**
   * Carries out a command as clients give it: `pause`, `resume`, `look`, `set`, `stop`, `reset`. It takes effect in this turn.
   *
   * @throws SaccadeError `usage`: why it cannot, and what to do
   */
  control(command: Command): void {
    this.#control.carryOut(command)
  }

  /**
   * Lets the sources wait until `resume`: what is on its way finishes, files go on from where they stood, and what a device
   * captures meanwhile is lost, and told as lost. Idempotent.
   */
  pause(): void {
    this.control({ do: 'pause' })
  }

  resume(): void {
    this.control({ do: 'resume' })
  }

  /** What happens, in words, as it happens. */
  events(watcher: (event: RunEvent) => void): () => void {
    return this.runtime.watch(watcher)
  }

  snapshot(): RunState {
    return snapshot(this.plan, this.runtime, this.#expectations, {
      state: this.state$.value.state,
      failed: this.#failures.flatMap(({ stage }) => stage ?? []),
      runningSinceMs: this.#runningSinceMs,
    })
  }

  /** Registers what is to be closed with the run: a server. */
  closeWith(close: Closer): void {
    this.#closers.push(close)
  }

  /**
   * Opens the sources and models and sets everything going; resolves when it runs.
   *
   * @param limits `forMs`: stops by itself after so long on the run's clock
   * @throws SaccadeError where a model or a stage cannot be opened
   */
  async start(limits: { readonly forMs?: number } = {}): Promise<void> {
    // A run that was stopped before it began stays stopped.
    if (this.#started || this.#ended !== null) return
    this.#started = true
    this.state$.next({ state: 'opening' })
    const { runtime } = this
    const taps = this.#waitingTaps
    this.#waitingTaps = []
    for (const { name, downstream } of taps) {
      const result$ = this.#result(name)
      if (result$ !== undefined)
        downstream.add(this.#consume(`tap ${name}`, this.#built.branches.consumed(result$), downstream))
    }
    this.#expectations = watchExpectations(this.plan, runtime, this.#built, this.#subscriptions)
    for (const { name, done$ } of this.#built.sinks) this.#consume(name, done$, nobody)
    this.#consuming = true
    this.#settle()
    if (this.#virtual !== null)
      void this.#virtual.run(() => this.state$.value.state === 'stopped' || this.state$.value.state === 'failed')
    void this.#drained.then(() => this.stop())
    await runtime.opened()
    if (this.state$.value.state !== 'opening') return
    const [failure] = this.#failures
    if (failure !== undefined) {
      await this.stop()
      throw failure
    }
    this.#runningSinceMs = runtime.clock.nowMs()
    this.#runs(runtime.controls.pausing.paused)
    runtime.tell('info', 'running, all edges within their bounds')
    if (limits.forMs !== undefined)
      this.#timers.set(
        'limit',
        runtime.clock.at(this.#runningSinceMs + limits.forMs, () => void this.stop()),
      )
    this.#telemetry()
  }

  /**
   * Stops (S5): sources complete, what is on its way drains, actuators go to their safe state, workers finish their run.
   * What is left after `withinMs` is cut off and named. Idempotent, never throws.
   */
  stop(within: { readonly withinMs?: number } = {}): Promise<StopReport> {
    this.#ended ??= this.#end(within.withinMs ?? 1800)
    return this.#ended
  }

  async #end(withinMs: number): Promise<StopReport> {
    const { plan, runtime } = this
    this.state$.next({ state: 'draining' })
    this.#settle()
    const report = await endRun(
      {
        plan,
        runtime,
        branches: this.#built.branches,
        ended: this.#started ? this.#drained : Promise.resolve(),
        open: () => [...this.#open].map(({ name }) => name),
        release: () => {
          this.#release()
        },
        closers: this.#closers,
      },
      withinMs,
    )
    const { cutOff } = report
    if (cutOff.length > 0) runtime.tell('warning', `cut off at the end: ${cutOff.join(', ')}`)
    const [cause] = this.#failures
    this.state$.next(cause === undefined ? { state: 'stopped' } : { state: 'failed', cause })
    this.state$.complete()
    this.#told.complete()
    return report
  }

  #runs(paused: boolean): void {
    this.state$.next({ state: paused ? 'paused' : 'running' })
  }

  #release(): void {
    for (const subscription of this.#subscriptions) {
      this.#built.branches.safely(() => {
        subscription.unsubscribe()
      })
    }
    for (const cancel of this.#timers.values()) cancel()
    const state = this.#failures.length > 0 ? 'failed' : 'stopped'
    this.runtime.hub.tell({ ...this.snapshot(), state })
    this.runtime.hub.close('the run has ended')
    this.runtime.camera.close('the run has ended')
  }

  /** Subscribes and counts: when the last consumer has ended, the run has drained. */
  #consume<T>(
    name: string,
    source$: Observable<T>,
    target: {
      readonly next: (value: T) => void
      readonly error: (thrown: unknown) => void
      readonly complete: () => void
    },
  ): Subscription {
    const one = { name }
    this.#open.add(one)
    const subscription = source$.subscribe({
      next: (value) => {
        target.next(value)
      },
      error: (error: unknown) => {
        target.error(error)
      },
      complete: () => {
        target.complete()
      },
    })
    // However it ends: by its source, or because nobody wants it any more.
    subscription.add(() => {
      this.#open.delete(one)
      this.#settle()
    })
    this.#subscriptions.push(subscription)
    return subscription
  }

  #settle(): void {
    if (this.#consuming && this.#open.size === 0) this.#finished()
  }

  /** Tells the clients what changed of the state ten times a second, while any of them wants that. */
  #telemetry(): void {
    const { hub, clock } = this.runtime
    let seldom = false
    const goesOn = (): boolean => ['running', 'paused', 'draining'].includes(this.state$.value.state)
    const tell = (): void => {
      if (!goesOn()) return
      const wanted = hub.stateWanted
      if (!wanted) this.#expectations.read(clock.nowMs())
      if (hub.clients > 0) hub.tell(wanted ? this.snapshot() : null)
      again()
    }
    const again = (): void => {
      seldom = !hub.stateWanted && this.plan.expects.length === 0
      this.#timers.set('telemetry', clock.at(clock.nowMs() + (seldom ? quietMs : telemetryMs), tell))
    }
    hub.nowWanted = () => {
      if (!seldom || !goesOn()) return
      this.#timers.get('telemetry')?.()
      again()
    }
    again()
  }
}
