import type { LruCache } from './adapters.js'
import type { Remembered } from './ports.js'
import type { MemoTally, Runtime } from './runtime.js'
import type { StageContext } from './stage.js'

type Known<V> = { readonly value: V; readonly sinceMs: number }

/**
 * What a stage remembers of its results (M1–M3): so many, the one used least lately forgotten first, none longer than a time
 * on the run's clock; hits, misses and evictions are counted under the stage's name. What is kept is frozen all the way down, as
 * all who ask for it get the same.
 */
export class Memo<V extends object> {
  readonly #cache: LruCache<Known<V>> | null
  readonly #forMs: number
  readonly #clock: Runtime['clock']
  readonly #count: MemoTally
  readonly #inFlight = new Map<string, Promise<V>>()

  /** @param keep how many; 0 remembers nothing, counts nothing, and is not told of */
  constructor(
    { keep, forMs }: { readonly keep: number; readonly forMs: number },
    { runtime, name }: Pick<StageContext, 'runtime' | 'name'>,
  ) {
    this.#cache = keep === 0 ? null : runtime.adapters.createCache(keep)
    this.#forMs = forMs
    this.#clock = runtime.clock
    this.#count = keep === 0 ? { hits: 0, misses: 0, evictions: 0 } : runtime.memo(name)
  }

  /** The value of a key, from the memory or made now. */
  get(key: () => string, make: () => V): V & Remembered {
    if (this.#cache === null) return make()
    const written = key()
    const known = this.#known(written)
    if (known !== null) return known
    return this.#keep(written, make())
  }

  /** The same for what takes a while: one that is asked for again while it is being made is made once (M2). */
  async run(key: () => string, make: () => Promise<V>): Promise<V & Remembered> {
    if (this.#cache === null) return make()
    const written = key()
    const making = this.#inFlight.get(written)
    if (making !== undefined) {
      this.#count.hits++
      return Object.freeze({ ...(await making), knownForMs: 0 })
    }
    const known = this.#known(written)
    if (known !== null) return known
    const work = make()
    this.#inFlight.set(written, work)
    try {
      return this.#keep(written, await work)
    } finally {
      this.#inFlight.delete(written)
    }
  }

  /** Counts. */
  #known(key: string): (V & Remembered) | null {
    const known = this.#cache?.get(key)
    const knownForMs = known === undefined ? 0 : this.#clock.nowMs() - known.sinceMs
    if (known === undefined || knownForMs > this.#forMs) {
      this.#count.misses++
      return null
    }
    this.#count.hits++
    return Object.freeze({ ...known.value, knownForMs })
  }

  #keep(key: string, value: V): V {
    const evicted = this.#cache?.set(key, { value: frozen(value), sinceMs: this.#clock.nowMs() })
    if (evicted === true) this.#count.evictions++
    return value
  }
}

function frozen<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
