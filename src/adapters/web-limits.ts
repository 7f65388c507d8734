export type WebLimitOptions = {
  /** Open at once from one address. */
  readonly most: number
  /** Tries at once from one address, and how many more each second. */
  readonly burst: number
  readonly perSecond: number
  readonly nowMs: () => number
}

type Bucket = { left: number; atMs: number }

/** So many addresses are remembered; a stranger with very many of them makes old ones be forgotten, not memory grow. */
const mostAddresses = 1024

/** How much one address may ask of a server: sockets open at once, and tries (sockets, and requests that were refused). */
export class WebLimits {
  readonly #options: WebLimitOptions
  readonly #open = new Map<string, number>()
  readonly #buckets = new Map<string, Bucket>()

  constructor(options: WebLimitOptions) {
    this.#options = options
  }

  /** Whether this address has tries left; takes none. */
  mayTry(address: string): boolean {
    return this.#left(address) >= 1
  }

  tried(address: string): void {
    const left = Math.max(0, this.#left(address) - 1)
    // Put last: the first ones are those that were quiet for longest.
    this.#buckets.delete(address)
    this.#buckets.set(address, { left, atMs: this.#options.nowMs() })
    if (this.#buckets.size <= mostAddresses) return
    const [oldest = ''] = this.#buckets.keys()
    this.#buckets.delete(oldest)
  }

  /** Counts one more that is open; false where there are as many as may be. */
  enters(address: string): boolean {
    const open = this.#open.get(address) ?? 0
    if (open >= this.#options.most) return false
    this.#open.set(address, open + 1)
    return true
  }

  leaves(address: string): void {
    const open = this.#open.get(address) ?? 0
    if (open > 1) this.#open.set(address, open - 1)
    else this.#open.delete(address)
  }

  #left(address: string): number {
    const { burst, perSecond, nowMs } = this.#options
    const bucket = this.#buckets.get(address)
    return bucket === undefined ? burst : Math.min(burst, bucket.left + ((nowMs() - bucket.atMs) / 1000) * perSecond)
  }
}
