import { BehaviorSubject, Observable, type Subscriber, type Subscription } from 'rxjs'
import type { Adapters } from '../core/adapters.js'
import { waitAtMost } from '../core/clock.js'
import { asSaccadeError, SaccadeError } from '../core/errors.js'
import { withoutDemand } from '../core/fan-out.js'
import type { Packet } from '../core/packet.js'
import { Runtime } from '../core/runtime.js'
import { createVirtualClock, type VirtualClock } from '../core/virtual-clock.js'
import type { RunEvent, RunState } from '../core/wire.js'
import { build, type Built } from './build.js'
import { type Expectations, watchExpectations } from './expectations.js'
import type { Plan } from './planned.js'
import { suggest } from './problem.js'
import { snapshot } from './snapshot.js'

/** planning → opening → running → draining → stopped | failed(cause) */
export type RunPhase =
  | { readonly state: 'planning' | 'opening' | 'running' | 'draining' | 'stopped' }
  | { readonly state: 'failed'; readonly cause: SaccadeError }

/** What had to be cut off when a run was stopped: empty where everything ended by itself. */
export type StopReport = { readonly cutOff: readonly string[] }

export type RunOptions = {
  /** `virtual`: time moves only when nothing real is under way (T2). */
  readonly clock?: 'real' | 'virtual'
  readonly signal?: AbortSignal
  readonly adapters?: Adapters
}

const telemetryMs = 250

/** A pipeline that runs: its state, its results, its end. */
export class Run {
  readonly plan: Plan
  readonly runtime: Runtime
  readonly state$ = new BehaviorSubject<RunPhase>({ state: 'planning' })
  readonly #virtual: VirtualClock | null
  readonly #built: Built
  #expectations: Expectations = { read: () => [] }
  readonly #subscriptions: Subscription[] = []
  readonly #failures: SaccadeError[] = []
  #waitingTaps: { readonly name: string; readonly downstream: Subscriber<Packet<unknown>> }[] = []
  #started = false
  #runningSinceMs: number | null = null
  #open = 0
  #finished: () => void = () => undefined
  readonly #drained = new Promise<void>((resolve) => {
    this.#finished = resolve
  })
  #ended: Promise<StopReport> | null = null
  readonly #closers: (() => Promise<void>)[] = []

  constructor(plan: Plan, options: RunOptions = {}) {
    this.plan = plan
    this.#virtual = options.clock === 'virtual' ? createVirtualClock() : null
    this.runtime = new Runtime({
      ...(this.#virtual === null ? {} : { clock: this.#virtual }),
      ...(options.adapters === undefined ? {} : { adapters: options.adapters }),
    })
    this.#built = this.runtime.run(() => build(plan, this.runtime))
    this.#built.failures$.subscribe((error) => this.#failures.push(error))
    options.signal?.addEventListener('abort', () => void this.stop(), { once: true })
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
      if (this.#started) return result$.subscribe(downstream)
      this.#waitingTaps.push({ name, downstream })
      return undefined
    })
  }

  /** Who taps only looks: it is no branch that others wait for, and waits for nobody (E6). */
  #result(name: string): Observable<Packet<unknown>> | undefined {
    const result$ = this.#built.results.get(name)
    return result$ === undefined ? undefined : withoutDemand(result$)
  }

  /** What happens, in words, as it happens. */
  events(watcher: (event: RunEvent) => void): () => void {
    return this.runtime.watch(watcher)
  }

  snapshot(): RunState {
    return snapshot(this.plan, this.runtime, this.#expectations, {
      state: this.state$.value.state,
      runningSinceMs: this.#runningSinceMs,
    })
  }

  /** Registers what is to be closed with the run: a server. */
  closeWith(close: () => Promise<void>): void {
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
      if (result$ !== undefined) this.#subscriptions.push(this.#consume(result$, downstream))
    }
    this.#expectations = watchExpectations(this.plan, runtime, this.#built, this.#subscriptions)
    for (const { name, done$ } of this.#built.sinks) this.#subscriptions.push(this.#consume(done$, this.#sinkEnd(name)))
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
    this.state$.next({ state: 'running' })
    runtime.tell('info', 'running, all edges within their bounds')
    if (limits.forMs !== undefined) runtime.clock.at(this.#runningSinceMs + limits.forMs, () => void this.stop())
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
    const { runtime } = this
    const { clock } = runtime.adapters
    const deadlineMs = clock.nowMs() + withinMs
    this.state$.next({ state: 'draining' })
    runtime.stop()
    this.#settle()
    if (this.#started) await waitAtMost(clock, deadlineMs - withinMs / 4, this.#drained)
    const cutOff: string[] = []
    if (this.#open > 0 && this.#started) cutOff.push(`${String(this.#open)} results that had not ended`)
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.runtime.hub.broadcast(
      JSON.stringify({
        type: 'telemetry',
        ...this.snapshot(),
        state: this.#failures.length > 0 ? 'failed' : 'stopped',
      }),
    )
    this.runtime.hub.close('the run has ended')
    for (const close of this.#closers) runtime.track('the server', close())
    await waitAtMost(clock, deadlineMs, runtime.closed())
    cutOff.push(...runtime.left)
    if (cutOff.length > 0) runtime.tell('warning', `cut off after ${String(withinMs)} ms: ${cutOff.join(', ')}`)
    const [cause] = this.#failures
    this.state$.next(cause === undefined ? { state: 'stopped' } : { state: 'failed', cause })
    this.state$.complete()
    return { cutOff }
  }

  #sinkEnd(name: string): {
    readonly next: () => void
    readonly error: (thrown: unknown) => void
    readonly complete: () => void
  } {
    return {
      next: () => undefined,
      error: (thrown) => {
        const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: name })
        this.runtime.tell('error', `${error.stage ?? name}: ${error.message} → ${error.remedy}`)
        this.#failures.push(error)
      },
      complete: () => undefined,
    }
  }

  /** Subscribes and counts: when the last consumer has ended, the run has drained. */
  #consume<T>(
    source$: Observable<T>,
    target: {
      readonly next: (value: T) => void
      readonly error: (thrown: unknown) => void
      readonly complete: () => void
    },
  ): Subscription {
    this.#open++
    const ended = (): void => {
      this.#open--
      this.#settle()
    }
    return source$.subscribe({
      next: (value) => {
        target.next(value)
      },
      error: (error: unknown) => {
        target.error(error)
        ended()
      },
      complete: () => {
        target.complete()
        ended()
      },
    })
  }

  #settle(): void {
    if (this.#started && this.#open === 0) this.#finished()
  }

  /** Tells the clients the state four times a second, while there are any. */
  #telemetry(): void {
    const { hub, clock } = this.runtime
    const tell = (): void => {
      const { state } = this.state$.value
      if (state !== 'running' && state !== 'draining') return
      if (hub.clients > 0) {
        hub.broadcast(JSON.stringify({ type: 'telemetry', ...this.snapshot() }))
        hub.tellLosses()
      } else this.#expectations.read(clock.nowMs())
      clock.at(clock.nowMs() + telemetryMs, tell)
    }
    clock.at(clock.nowMs() + telemetryMs, tell)
  }
}
