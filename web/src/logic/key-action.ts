import type { Offers } from './offers.js'
import type { PageKeys } from './page-keys.js'

export type Key = {
  readonly key: string
  readonly repeat: boolean
  /** Ctrl, Alt or Meta is down: then it is the browser's. */
  readonly modified: boolean
  /** What has the focus: a place to write in takes all keys but Escape, a button takes the space bar. */
  readonly on: 'text' | 'button' | 'other'
}

/** What a key does on this page. Escape stops where there is something to stop, whatever has the focus. */
export function keyAction(
  { key, repeat, modified, on }: Key,
  offers: Offers,
  keys: PageKeys,
): 'stop' | 'pause' | 'resume' | null {
  if (repeat || modified || !offers.reachable) return null
  if (key === 'Escape') return keys.stop && offers.stop === 'stop' ? 'stop' : null
  const pauses = (key === ' ' && on === 'other') || (key.toLowerCase() === 'p' && on !== 'text')
  if (!pauses || !keys.pause) return null
  return offers.pause === 'pause' || offers.pause === 'resume' ? offers.pause : null
}
