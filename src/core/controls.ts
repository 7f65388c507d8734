import { BehaviorSubject } from 'rxjs'
import type { Changing } from './changing.js'
import type { Clock } from './clock.js'
import { Pausing } from './pausing.js'
import type { SoftwareStop } from './software-stop.js'

export type PlacePx = readonly [xPx: number, yPx: number]

/** Where a stage was told to look. It stays until another is told, so that it outlasts a life of the stage (S3). */
export type ToldPlace = {
  readonly atPx: PlacePx
  /** By capture time; null until the stage has had a picture since. */
  untilMs: number | null
}

/** Where a run is taken hold of from outside while it goes on: what its stages look at, and what commands move. */
export class Controls {
  readonly pausing: Pausing
  /** By the actuator's name in the file. */
  readonly stops = new Map<string, SoftwareStop>()
  /** By the stage's name in meters: the options that may be changed. */
  readonly changing = new Map<string, Changing>()
  /** By stage and origin. */
  readonly #places = new Map<string, ToldPlace>()

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
    this.#places.set(keyOf(stage, origin), { atPx, untilMs: null })
  }

  /** Where a stage was told to look last, be it over or not; null where it never was. */
  placeFor(stage: string, origin: string): ToldPlace | null {
    return this.#places.size === 0 ? null : (this.#places.get(keyOf(stage, origin)) ?? null)
  }
}

function keyOf(stage: string, origin: string): string {
  return `${stage} ${origin}`
}
