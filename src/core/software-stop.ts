import { BehaviorSubject } from 'rxjs'
import type { StopKind } from './wire.js'

/** From the kind that moves most to the one that can do least. */
const severity: readonly StopKind[] = ['park', 'hold', 'torque-off']

/**
 * The software stop of an actuator (A5): it latches until it is reset. It is no emergency stop in the sense of ISO 13850: it
 * needs this process, the link and the robot's own program to be alive.
 */
export class SoftwareStop {
  /** What it is stopped by now, and each change of it, in the turn in which it is asked for; null: it may move. */
  readonly kind$ = new BehaviorSubject<StopKind | null>(null)
  /** The usual one first. */
  readonly kinds: readonly StopKind[]
  #count = 0

  constructor(kinds: readonly StopKind[] = ['hold', 'park', 'torque-off']) {
    this.kinds = kinds
  }

  get kind(): StopKind | null {
    return this.kind$.value
  }

  /** How often it was stopped. */
  get count(): number {
    return this.#count
  }

  /**
   * Stops. One that is stopped already stays so: another kind counts where it lets the robot do less, as parking would move
   * what holds, and holding would seize what was let go.
   */
  stop(kind: StopKind): void {
    const before = this.kind
    if (before !== null && severity.indexOf(kind) <= severity.indexOf(before)) return
    if (before === null) this.#count++
    this.kind$.next(kind)
  }

  /** Lets it move again; what was wanted of it before is forgotten. */
  reset(): void {
    if (this.kind !== null) this.kind$.next(null)
  }
}
