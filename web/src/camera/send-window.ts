/**
 * How many pictures may be under way: the network and the run take as many as they can, and what they cannot is left out
 * here, before it is encoded (E9). So nothing stale queues up in the socket.
 */
export class SendWindow {
  readonly #unacked = new Set<number>()
  #most = 0

  /** On another connection nothing is under way. */
  clear(most: number): void {
    this.#most = most
    this.#unacked.clear()
  }

  get onTheWay(): number {
    return this.#unacked.size
  }

  get open(): boolean {
    return this.#unacked.size < this.#most
  }

  sent(seq: number): void {
    this.#unacked.add(seq)
  }

  acked(seq: number): void {
    this.#unacked.delete(seq)
  }
}
