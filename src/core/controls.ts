import { BehaviorSubject } from 'rxjs'
import type { Changing } from './changing.js'
import type { Clock } from './clock.js'
import { Pausing } from './pausing.js'
import type { SoftwareStop } from './software-stop.js'

type PlacePx = readonly [xPx: number, yPx: number]

/** Where a run is taken hold of from outside while it goes on: what its stages look at, and what commands move. */
export class Controls {
  readonly pausing: Pausing
  /** By the actuator's name in the file. */
  readonly stops = new Map<string, SoftwareStop>()
  /** By the stage's name in meters: the options that may be changed. */
  readonly changing = new Map<string, Changing>()
  /** By stage and origin: where to look from the next packet on. */
  readonly #places = new Map<string, PlacePx>()

  constructor(clock: Clock) {
    this.pausing = new Pausing(clock)
  }

  /** The options of a stage may be changed from now on. */
  mayChange(stage: string, options: object): Changing {
    const changing = new BehaviorSubject({ options, changes: 0 })
    this.changing.set(stage, changing)
    return changing
  }

  /** Tells a stage where to look in the pictures of one origin, in px of their source. The newest counts. */
  look(stage: string, origin: string, atPx: PlacePx): void {
    this.#places.set(keyOf(stage, origin), atPx)
  }

  /** Where a stage was told to look since it last asked. */
  takePlace(stage: string, origin: string): PlacePx | null {
    if (this.#places.size === 0) return null
    const key = keyOf(stage, origin)
    const place = this.#places.get(key) ?? null
    this.#places.delete(key)
    return place
  }
}

function keyOf(stage: string, origin: string): string {
  return `${stage} ${origin}`
}
