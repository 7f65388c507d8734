/**
 * Demand, travelling with the packets (E5): the gate of the edge or recorded source that delivered a packet.
 * A stage that can take no more holds the gate of the packet it just took, and lets go later;
 * what stands behind the gate delivers only while nobody holds it.
 */
export type Gate = {
  readonly open: boolean
  /**
   * Closes the gate until the returned function is called; calling that twice does nothing.
   *
   * @param byDefault nobody wrote `block`: where the stream has several branches, such a hold counts only together with
   * those of all the others (E6)
   */
  readonly hold: (byDefault?: boolean) => () => void
}

/** The gate of a live source: it cannot wait, so holding it changes nothing. */
export const freeGate: Gate = { open: true, hold: () => () => undefined }

/** A gate that counts who holds it. */
export class CountingGate implements Gate {
  readonly #opened: () => void
  #held = 0

  /** @param opened called when the last hold is let go; may deliver, and so be held again, at once */
  constructor(opened: () => void) {
    this.#opened = opened
  }

  get open(): boolean {
    return this.#held === 0
  }

  hold(): () => void {
    this.#held++
    let holding = true
    return () => {
      if (!holding) return
      holding = false
      this.#held--
      if (this.#held === 0) this.#opened()
    }
  }
}
