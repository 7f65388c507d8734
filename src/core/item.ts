import { from, isObservable, type ObservableInput, Subscriber } from 'rxjs'
import type { Answer } from './clock.js'
import { keep, type Packet } from './packet.js'

/** What work sees of an item beside its value. */
export type WorkAbout<In> = {
  /** Aborted when the item is given up: by the end of the stage, its timeout, or a newer result. It goes with the item. */
  readonly signal: AbortSignal
  readonly packet: Packet<In>
}

export type Work<In, Out> = (value: In, about: WorkAbout<In>) => ObservableInput<Out>

/** What became of an item's work: the first value is its result. */
export type Outcome<Out> =
  | { readonly kind: 'value'; readonly value: Out }
  | { readonly kind: 'empty' }
  | { readonly kind: 'error'; readonly error: unknown }

const done: Answer<undefined> = { ok: true, value: undefined }
const nothing = (): void => undefined

/** One packet on its way through asynchronous work. */
export class Item<In, Out> implements WorkAbout<In> {
  readonly packet: Packet<In>
  readonly tookAtMs: number
  /** When its work began; later than it was taken where it waits for another of its key. */
  begunAtMs = 0
  /** Lost just before it, besides what its packet says (E8). */
  lost: number
  outcome: Outcome<Out> | null = null
  /** The outcome is delivered by the clock, or given up waiting for. */
  answered = false
  /** What its work gives counts no more. */
  givenUp = false
  /** Of the same key one item is under way at a time, where keys are given. */
  key: unknown = undefined
  /** Of those that may be under way it is one. */
  hasSlot = true
  /** The work itself has ended: a promise goes on when its item was given up. */
  ended = false
  /** Called when the work ends by itself. */
  whenEnded: () => void = nothing
  /** Neighbours in the order that is kept. */
  previous: Item<In, Out> | null = null
  next: Item<In, Out> | null = null
  /** The one behind it in a line. */
  behind: Item<In, Out> | null = null
  cancelAnswer: () => void = nothing
  #letGo: () => void = nothing
  #subscriber: Subscriber<Out> | null = null
  #abort: AbortController | null = null

  constructor(packet: Packet<In>, tookAtMs: number, lost: number) {
    this.packet = packet
    this.tookAtMs = tookAtMs
    this.lost = lost
  }

  /** Made when it is first asked for: most work asks for none. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController()
      if (this.givenUp) this.#abort.abort()
    }
    return this.#abort.signal
  }

  /** Keeps what the packet lends until the work has ended. */
  keep(): void {
    this.#letGo = keep(this.packet)
  }

  /** Starts the work; `answer` is called when there is an outcome, or the promise is done, where the work is real. */
  begin(work: Work<In, Out>, answer: (answer: Answer<undefined>) => void): PromiseLike<undefined> | undefined {
    let input: ObservableInput<Out>
    try {
      const given = work(this.packet.value, this)
      if (isPromiseLike(given)) {
        return Promise.resolve(given).then(
          (value) => {
            this.end({ kind: 'value', value })
            return undefined
          },
          (error: unknown) => {
            this.end({ kind: 'error', error })
            return undefined
          },
        )
      }
      input = isObservable(given) ? given : from(given)
    } catch (error) {
      this.end({ kind: 'error', error })
      answer(done)
      return undefined
    }
    this.#subscriber = new First((outcome) => {
      this.end(outcome)
      answer(done)
    })
    input.subscribe(this.#subscriber)
    return undefined
  }

  /** The work has ended. */
  end(outcome: Outcome<Out>): void {
    this.ended = true
    this.outcome ??= outcome
    this.dropShare()
    this.whenEnded()
  }

  /** Gives back what the packet lent. */
  dropShare(): void {
    this.#letGo()
    this.#letGo = nothing
  }

  /** The outcome is not wanted: an Observable is let go of, which ends it; a promise is asked to end by the signal. */
  giveUp(): void {
    this.givenUp = true
    if (this.#subscriber !== null && !this.ended) {
      this.#subscriber.unsubscribe()
      this.ended = true
      this.dropShare()
    }
    this.#abort?.abort()
  }
}

/** Takes the first value and lets go, of a synchronous source too: a plain observer could not. */
class First<Out> extends Subscriber<Out> {
  readonly #end: (outcome: Outcome<Out>) => void

  constructor(end: (outcome: Outcome<Out>) => void) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- take(1) does the same at four times the cost of an item
    super()
    this.#end = end
  }

  protected override _next(value: Out): void {
    this.unsubscribe()
    this.#end({ kind: 'value', value })
  }

  protected override _error(error: unknown): void {
    this.unsubscribe()
    this.#end({ kind: 'error', error })
  }

  protected override _complete(): void {
    this.unsubscribe()
    this.#end({ kind: 'empty' })
  }
}

function isPromiseLike<T>(input: ObservableInput<T>): input is PromiseLike<T> {
  return typeof (input as Partial<PromiseLike<T>> | undefined)?.then === 'function'
}
