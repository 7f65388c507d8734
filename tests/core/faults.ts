/**
 * Expectations inside of an observer: what throws there is thrown again by RxJS, later and to nobody. Kept until the end of
 * the property, it fails that.
 */
export class Faults {
  readonly #all: unknown[] = []

  /** Runs expectations; the first that does not hold is kept. */
  look(expectations: () => void): void {
    try {
      expectations()
    } catch (fault) {
      this.#all.push(fault)
    }
  }

  /** @throws the first one */
  check(): void {
    if (this.#all.length > 0) throw this.#all[0]
  }
}
