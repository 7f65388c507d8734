import type { Selector } from '../core/join-plan.js'
import type { AnyStage, How, Port, StreamWish } from '../core/stage.js'
import type { GraphJson } from '../core/wire.js'
import type { WrittenEntry, WrittenExpect } from './pipeline.js'
import type { Place } from './problem.js'

/** One stage of the plan, its options read. */
export type PlannedStep = Place & {
  /** `faces/detect-faces`: its name in meters and errors. */
  readonly key: string
  readonly path: string
  readonly stage: AnyStage
  /** As its own schema gave them. */
  readonly options: object
  /** The same as they were written, parameters filled in: what a change while it runs is read together with. */
  readonly written: unknown
  readonly how: How
  /** Put there by the plan (E4), not written. */
  readonly inserted: boolean
}

/** The inputs of a join, in the file's order. */
export type PlannedJoin = {
  /** The anchor: its packets go on, with what the others have for them. */
  readonly on: string
  readonly inputs: readonly {
    readonly name: string
    /** `faces`, `head.measured`: resolved to a result. */
    readonly from: string
    /** Null for the anchor. */
    readonly selector: Selector | null
    /** What a sink measures: it closes a circle, and so is never a trigger. */
    readonly sampled: boolean
  }[]
}

export type PlannedEntry = Place & {
  readonly name: string
  readonly kind: WrittenEntry['kind']
  /** `room.video`, `faces`: each resolved to a result. */
  readonly from: readonly string[]
  /** Where `from` is a map. */
  readonly join: PlannedJoin | null
  readonly steps: readonly PlannedStep[]
  readonly live: boolean
  /** What it gives reaches something that moves. */
  readonly urgent: boolean
  /** For streams: what its readers want. */
  readonly wish: StreamWish
}

/** A pipeline that fits together: what will run, and what was decided for it. */
export type Plan = {
  readonly name: string
  readonly about: string | null
  readonly file: string
  /** The file as it was written. */
  readonly text: string
  /** In the order in which they can be built. */
  readonly entries: readonly PlannedEntry[]
  /** All results by their full name: `room.video`, `faces`, `head.measured`. */
  readonly results: ReadonlyMap<string, Port<unknown>>
  readonly expects: readonly WrittenExpect[]
  /** What the plan decided, in words. */
  readonly notes: readonly string[]
  readonly graph: GraphJson
}
