import { adapters as defaultAdapters } from '#adapters'
import type { Adapters } from './adapters.js'
import { CameraPlace } from './camera-place.js'
import { type Clock, type OwnClock, ownClock } from './clock.js'
import { Controls } from './controls.js'
import { Hub } from './hub.js'
import { Meter } from './meter.js'
import { createPool, type FramePool } from './pool.js'
import type { ModelState, RobotState, RunEvent } from './wire.js'

/** What a memory counts, while it counts. */
/** What a memory counts (M3). */
export type MemoTally = { hits: number; misses: number; evictions: number }

export type MemoCount = { readonly hits: number; readonly misses: number; readonly evictions: number }

/**
 * What stages share in one run: clock, pool, adapters, meters, events. A stage captures the current one when it is
 * constructed; `run()` makes another one current while a pipeline is built.
 */
export class Runtime {
  readonly clock: OwnClock
  /** What is drawn (the jitter of back-offs) is drawn from this, for each stage by its name (T2). */
  readonly seed: number
  readonly pool: FramePool
  readonly adapters: Adapters
  readonly hub: Hub
  /** Where a browser's camera and microphone come in (`browser:`). */
  readonly camera: CameraPlace
  readonly controls: Controls
  readonly meters = new Map<string, Meter>()
  readonly memos = new Map<string, () => MemoCount>()
  /** The models that stages hold, by the stage's name. */
  readonly models = new Map<string, () => ModelState>()
  readonly robots = new Map<string, () => RobotState>()
  /** Who wants to know a figure of an actuator (T5): `head reaction` → where each value is recorded. */
  readonly measures = new Map<string, ((valueMs: number, nowMs: number) => void)[]>()
  readonly #tallies = new Map<string, MemoTally>()
  readonly #events: RunEvent[] = []
  readonly #watchers = new Set<(event: RunEvent) => void>()
  readonly #opening = new Map<Promise<void>, string>()
  readonly #open = new Map<Promise<void>, string>()
  readonly #stopping = new AbortController()
  #safeByMs = Infinity
  readonly #cutOff = new Set<string>()

  constructor(
    parts: {
      readonly clock?: Clock
      readonly pool?: FramePool
      readonly adapters?: Adapters
      /** The same on the virtual clock unless told; another one in each process on the real one. */
      readonly seed?: number
    } = {},
  ) {
    this.adapters = parts.adapters ?? defaultAdapters()
    this.clock = ownClock(parts.clock ?? this.adapters.clock)
    this.seed = parts.seed ?? (this.clock.virtual ? 1 : seedOf(this.clock.nowMs()))
    this.pool = parts.pool ?? createPool()
    this.hub = new Hub(this.clock)
    this.camera = new CameraPlace(this.clock, (text) => {
      this.tell('info', text)
    })
    this.controls = new Controls(this.clock)
  }

  /** Makes this runtime the current one while `build` runs. */
  run<T>(build: () => T): T {
    const before = current
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- making this one current is what the method is for
    current = this
    try {
      return build()
    } finally {
      current = before
    }
  }

  /** A name that no other stage of this runtime has: `faces/queue`, and `faces/queue-2` for the second of a pipe. */
  nameOf(stage: string): string {
    let name = stage
    for (let nth = 2; this.meters.has(name); nth++) name = `${stage}-${String(nth)}`
    return name
  }

  /** The meter of that name: what is opened or built anew goes on counting with the one it had. */
  meter(name: string): Meter {
    const known = this.meters.get(name)
    if (known !== undefined) return known
    const meter = new Meter(name, this.clock.nowMs())
    this.meters.set(name, meter)
    return meter
  }

  /** Where the memory of a stage counts: that of another origin, or of the next life, counts on in the same place (M3). */
  memo(name: string): MemoTally {
    const known = this.#tallies.get(name)
    if (known !== undefined) return known
    const tally = { hits: 0, misses: 0, evictions: 0 }
    this.#tallies.set(name, tally)
    this.memos.set(name, () => ({ ...tally }))
    return tally
  }

  /** Tells people of something; kept for the page, handed to whoever watches. */
  tell(level: RunEvent['level'], text: string): void {
    const event = { atMs: this.clock.nowMs(), level, text }
    this.#events.push(event)
    if (this.#events.length > 50) this.#events.shift()
    for (const watcher of this.#watchers) watcher(event)
  }

  /** Like `tell`, but never twice in the same words. */
  tellOnce(level: RunEvent['level'], text: string): void {
    if (!this.#events.some((event) => event.text === text)) this.tell(level, text)
  }

  get events(): readonly RunEvent[] {
    return this.#events
  }

  watch(watcher: (event: RunEvent) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A stage says that it is not ready before this promise is done (a model loads); a source starts when all behind it are. */
  opening(stage: string, work: Promise<unknown>): void {
    const done: Promise<void> = work.then(nothing, nothing).then(() => {
      this.#opening.delete(done)
    })
    this.#opening.set(done, stage)
  }

  /** Resolves when the stages that were opening are ready or have failed: all, or those of the given names and within them. */
  async opened(stages?: readonly string[]): Promise<void> {
    const waitedFor = (): Promise<void>[] =>
      [...this.#opening]
        .filter(([, name]) => stages?.some((stage) => isWithin(name, stage)) ?? true)
        .map(([done]) => done)
    for (let open = waitedFor(); open.length > 0; open = waitedFor()) await Promise.all(open)
  }

  /** Something that must end before the runtime is closed: a process, a worker, a socket. `what` tells it where it does not. */
  track(what: string, end: Promise<unknown>): void {
    const done: Promise<void> = end.then(nothing, nothing).then(() => {
      this.#open.delete(done)
    })
    this.#open.set(done, what)
  }

  /**
   * Asks the sources to complete (S5); what was on its way drains.
   *
   * @param safeByMs until when, on the run's clock, what moves has to be in its safe state
   */
  stop(safeByMs = Infinity): void {
    this.#safeByMs = Math.min(this.#safeByMs, safeByMs)
    this.#stopping.abort()
  }

  /** Until when what moves has to be in its safe state; no limit while nobody has set one. */
  get safeByMs(): number {
    return this.#safeByMs
  }

  /** Tells of what did not end by itself and was cut off (S5), by stage: `head: did not reach its parking pose`. */
  cutOff(what: string): void {
    this.#cutOff.add(what)
  }

  /** All that was cut off so far, in words. */
  get wasCutOff(): readonly string[] {
    return [...this.#cutOff]
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** What has not ended yet, in words. */
  get left(): readonly string[] {
    return [...this.#open.values()]
  }

  /**
   * Resolves when nothing of ours is left behind: no process, worker, socket or timer, and no frame that one of them held.
   * Never rejects. A frame that code of the user's own forgot does not keep it waiting: the pool counts it, the kit finds it.
   */
  async closed(): Promise<void> {
    for (;;) {
      if (this.#open.size > 0) await Promise.all(this.#open.keys())
      else if (this.clock.timers() > 0) await this.clock.idle()
      else return
    }
  }
}

/** Two processes hardly ever begin at the same microsecond. */
function seedOf(nowMs: number): number {
  return Math.round(nowMs * 1000) >>> 0
}

const nothing = (): void => undefined

/** `live/websocket/room.video/encode` is within `live/websocket`. */
function isWithin(name: string, stage: string): boolean {
  return name === stage || name.startsWith(`${stage}/`)
}

let current: Runtime | null = null
let fallback: Runtime | null = null

/** The runtime that a stage captures: the one whose `run()` is under way, else the default one of this process. */
export function currentRuntime(): Runtime {
  if (current !== null) return current
  fallback ??= new Runtime()
  return fallback
}

/** The default runtime's doors, for plain RxJS: `await runtime.closed()`. */
export const runtime = {
  closed: (): Promise<void> => currentRuntime().closed(),
  get current(): Runtime {
    return currentRuntime()
  },
}
