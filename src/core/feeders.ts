import type { Gate } from './gate.js'
import type { Packet } from './packet.js'

/** The gates of all who feed one input and can wait (E5): held while it can take no more. */
export class Feeders {
  readonly #gates = new Map<Gate, (() => void) | null>()

  /** Whether one of them is held. */
  get holding(): boolean {
    for (const letGo of this.#gates.values()) if (letGo !== null) return true
    return false
  }

  has(gate: Gate): boolean {
    return this.#gates.has(gate)
  }

  /** Who fed this packet is one of them from now on. */
  hear(packet: Packet<unknown>): void {
    if (!packet.origin.live && !this.#gates.has(packet.gate)) this.#gates.set(packet.gate, null)
  }

  /** Holds those that are told, and lets all others go: whoever is let go may deliver at once. */
  hold(which: (gate: Gate) => boolean): void {
    if (this.#gates.size === 0) return
    const letGo: (() => void)[] = []
    for (const [gate, held] of this.#gates) {
      const wanted = which(gate)
      if (wanted && held === null) this.#gates.set(gate, gate.hold())
      if (wanted || held === null) continue
      this.#gates.set(gate, null)
      letGo.push(held)
    }
    for (const release of letGo) release()
  }

  letGo(): void {
    this.hold(() => false)
  }
}
