import { CountingGate, type Gate } from '../core/gate.js'

/** A gate that remembers whether the stage ever held it. */
export type WatchedGate = Gate & { readonly stageHeld: boolean }

/** Set while the consumer of a trial holds a gate, so that a gate can tell it from the stage. */
export const acting = { consumer: false }

/** @param opened called when the last hold is let go */
export function watchGate(opened: () => void): WatchedGate {
  const gate = new CountingGate(opened)
  let stageHeld = false
  return {
    get open() {
      return gate.open
    },
    get stageHeld() {
      return stageHeld
    },
    hold() {
      stageHeld ||= !acting.consumer
      return gate.hold()
    },
  }
}
