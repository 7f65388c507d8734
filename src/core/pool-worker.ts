import { SaccadeError } from './errors.js'
import type { ModelSpec, RunHow } from './inference.js'

/** What a worker tells of a session that it opened. */
export type OpenedModel = { readonly provider: string; readonly insteadOf?: string }

/** A worker as the pool sees it: it does one thing at a time, in the order in which it is asked. */
export type PoolWorker = {
  /** Opens a session; it is known by this key from then on. Rejects where the model does not load or does not fit. */
  readonly open: (key: string, spec: ModelSpec) => Promise<OpenedModel>
  readonly run: (key: string, input: unknown) => Promise<unknown>
  /** Closes a session. Never rejects. */
  readonly release: (key: string) => Promise<void>
  /** Finishes what it does, and ends. Never rejects. */
  readonly close: () => Promise<void>
  /** It hangs: nobody waits for it any more, and what it was at is rejected. */
  readonly leave: () => void
  /** It takes nothing more, for whatever reason; known before what it was at is rejected. */
  readonly ended: Promise<void>
}

export type PoolParts = {
  /** So many workers at most, those that hang not counted. */
  readonly most: number
  /** So many sessions are opened at once, in the order asked for, so that what was asked for first is ready first. */
  readonly mostOpening: number
  readonly start: () => PoolWorker
  /** Calls back after what is due now: whoever got a result has asked for its next run by then. */
  readonly soon: (call: () => void) => void
}

/** A worker, and what is on it. */
export type Slot = {
  readonly worker: PoolWorker
  readonly sessions: Set<Held>
  /** It opens a session, or runs. */
  busy: boolean
  opening: Held | null
  run: Run | null
  /** It has ended, or was left alone. */
  readonly gone: Promise<void>
  readonly left: () => void
}

/** A model that someone holds. */
export type Held = {
  readonly key: string
  readonly spec: ModelSpec
  readonly slots: Set<Slot>
  readonly resting: Set<object>
  shares: number
  /** Null before the first session was opened. */
  facts: OpenedModel | null
  opening: Promise<void> | null
  /** A second session would not help, or could not be opened. */
  alone: boolean
  refusal: SaccadeError | null
  readonly first: Settled
}

/** A promise, and how it ends. */
export type Settled = { readonly promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void }

/** A run that was asked for. */
export type Run = {
  readonly model: Held
  readonly input: unknown
  readonly priority: number
  readonly begun: RunHow['begun']
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export function newHeld(key: string, spec: ModelSpec): Held {
  return {
    ...{ key, spec, first: withResolvers(), slots: new Set<Slot>(), resting: new Set<object>(), shares: 0 },
    ...{ facts: null, opening: null, alone: false, refusal: null },
  }
}

export function newSlot(worker: PoolWorker): Slot {
  const { promise: gone, resolve: left } = withResolvers()
  return { worker, sessions: new Set<Held>(), busy: false, opening: null, run: null, gone, left }
}

function withResolvers(): Settled {
  let settle: Pick<Settled, 'resolve' | 'reject'> | null = null
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Whoever waits for it hears of it; nobody may.
  promise.catch(() => undefined)
  return { promise, ...(settle as unknown as Pick<Settled, 'resolve' | 'reject'>) }
}

export function notRun({ spec }: Held, why: string): SaccadeError {
  return new SaccadeError(`cannot run model ${spec.name} as ${why}`, { code: 'model', remedy: 'load the model again' })
}

export function givenBack(name: string): SaccadeError {
  return new SaccadeError(`cannot run model ${name} after it was closed`, {
    code: 'model',
    remedy: 'close the model when its last run was asked for, or load it again',
  })
}
