/** Bytes of a picture at a quality beside those at the best, before it is known better. */
const firstShares: Readonly<Record<number, number>> = { 1: 1, 0.8: 0.75, 0.6: 0.6, 0.4: 0.45, 0.27: 0.33 }
const [most, enough] = [8, 3]

/** How large pictures of each quality are, by those that were sent: what one quality is worth is known from a change to it. */
export class PictureSizes {
  /** By quality: of the bytes at the best. */
  readonly #shares: Record<number, number> = { ...firstShares }
  #quality = 1
  /** Bytes of the last pictures of this quality. */
  #sizes: number[] = []
  /** Mean bytes at the quality before, until this one is known. */
  #before: { readonly quality: number; readonly bytes: number } | null = null

  /** A picture was sent. */
  add(quality: number, bytes: number): void {
    if (quality !== this.#quality) {
      this.#before = this.#sizes.length === 0 ? null : { quality: this.#quality, bytes: mean(this.#sizes) }
      this.#sizes = []
      this.#quality = quality
    }
    this.#sizes.push(bytes)
    if (this.#sizes.length > most) this.#sizes.shift()
    if (this.#before !== null && this.#sizes.length === enough) {
      this.#shares[quality] = (this.#shareOf(this.#before.quality) * mean(this.#sizes)) / this.#before.bytes
      this.#before = null
    }
  }

  /** Bytes that a picture of this quality is expected to have; 0 before the first. */
  bytesAt(quality: number): number {
    if (this.#sizes.length === 0) return 0
    return (mean(this.#sizes) / this.#shareOf(this.#quality)) * this.#shareOf(quality)
  }

  #shareOf(quality: number): number {
    return this.#shares[quality] ?? 1
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}
