import type { Origin, Packet } from './packet.js'

/**
 * State kept for each origin (S2), which begins anew where what stands upstream was built anew (S3): where the epoch of a
 * packet is greater than any before it of its origin.
 *
 *     in     -a0-a0-b0-a1-b0-    a letter an origin, a number an epoch
 *     state  -A--A--B--A'-B--
 *
 * @example
 * const counts = byOrigin(() => ({ count: 0 }))
 * packets$.subscribe((packet) => counts(packet).count++)
 */
export function byOrigin<State>(create: () => State): (packet: Packet<unknown>) => State {
  const known = new Map<Origin, { readonly epoch: number; readonly state: State }>()
  return ({ origin, epoch }) => {
    const kept = known.get(origin)
    if (kept !== undefined && epoch <= kept.epoch) return kept.state
    const state = create()
    known.set(origin, { epoch, state })
    return state
  }
}
