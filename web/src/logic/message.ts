import type { ServerMessage } from '../../../src/core/wire.js'

const known = new Set(['hello', 'telemetry', 'data', 'lost', 'done', 'refused'])

/** A text message of the server; null for what this page does not know, so that a newer run may say more than it reads. */
export function parseMessage(text: string): ServerMessage | null {
  try {
    const value = JSON.parse(text) as { type?: unknown } | null
    return typeof value?.type === 'string' && known.has(value.type) ? (value as ServerMessage) : null
  } catch {
    return null
  }
}
