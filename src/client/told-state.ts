import { type Changes, type Json, withChanges } from '../core/changes.js'
import type { ServerMessage, StateChanges, Telemetry } from '../core/wire.js'

const known = new Set(['hello', 'telemetry', 'changes', 'data', 'lost', 'time', 'set', 'done', 'refused'])

/** Reads the server's texts, and keeps the state that they tell: whole first, then what changed. */
export class ToldState {
  #state: Telemetry | null = null

  /** Null before the first was told. */
  get state(): Telemetry | null {
    return this.#state
  }

  /**
   * A text of the server as a message; changes come out as the whole state after them. Null for what this client does not
   * know, so that a newer run may say more than it reads.
   */
  read(text: string): Exclude<ServerMessage, StateChanges> | null {
    const message = parsed(text)
    if (message?.type === 'hello') this.#state = null
    if (message?.type === 'telemetry') this.#state = message
    if (message?.type !== 'changes') return message
    // Changes of what nobody told: of a run that does not keep to the protocol.
    if (this.#state === null) return null
    const state = withChanges(asJson(this.#state), message as unknown as Changes)
    return (this.#state = state as unknown as Telemetry)
  }
}

const asJson = (state: Telemetry): Readonly<Record<string, Json>> => state

function parsed(text: string): ServerMessage | null {
  try {
    const value = JSON.parse(text) as { type?: unknown } | null
    return typeof value?.type === 'string' && known.has(value.type) ? (value as ServerMessage) : null
  } catch {
    return null
  }
}
