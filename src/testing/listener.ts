import { type Observable, type Observer, Subscription } from 'rxjs'

type Signal = 'next' | 'error' | 'complete'

/**
 * Who subscribes to a stage and hears every call that it makes, also those that RxJS would swallow: a next after the end,
 * a second complete (S1). RxJS takes it for a Subscriber, as it has all that one has.
 */
export class Listener<T> implements Observer<T> {
  /** What broke the grammar next* (error | complete)?, in words. */
  readonly faults: string[] = []
  /** What was said after `unsubscribe()`. */
  readonly late: Signal[] = []
  readonly #subscription = new Subscription()
  readonly #heard: Partial<Observer<T>>
  #ended: Signal | null = null
  #inside = false

  constructor(heard: Partial<Observer<T>>) {
    this.#heard = heard
  }

  get closed(): boolean {
    return this.#subscription.closed
  }

  /** How the stage ended it, if it did. */
  get ended(): Signal | null {
    return this.#ended
  }

  listen(to$: Observable<T>): void {
    to$.subscribe(this)
  }

  next(value: T): void {
    if (!this.#mayHear('next')) return
    this.#inside = true
    try {
      this.#heard.next?.(value)
    } finally {
      this.#inside = false
    }
  }

  error(error: unknown): void {
    if (!this.#mayHear('error')) return
    this.#ended = 'error'
    this.#heard.error?.(error)
    this.#subscription.unsubscribe()
  }

  complete(): void {
    if (!this.#mayHear('complete')) return
    this.#ended = 'complete'
    this.#heard.complete?.()
    this.#subscription.unsubscribe()
  }

  add(teardown: Parameters<Subscription['add']>[0]): void {
    this.#subscription.add(teardown)
  }

  remove(teardown: Parameters<Subscription['remove']>[0]): void {
    this.#subscription.remove(teardown)
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe()
  }

  #mayHear(signal: Signal): boolean {
    if (this.#ended !== null) {
      this.faults.push(`${signal} after ${this.#ended}`)
      return false
    }
    if (this.closed) {
      this.late.push(signal)
      return false
    }
    if (this.#inside) this.faults.push(`${signal} while a next was still under way`)
    return true
  }
}
