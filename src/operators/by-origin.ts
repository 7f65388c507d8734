import { delivered, type Origin, type Packet } from '../core/packet.js'

/** What an operator that drops knows of one stream. */
export type Known<State> = {
  state: State
  epoch: number
  /** Losses that dropped packets told of, and that none has told since (E8). */
  untold: number
}

/** What an operator knows of each stream (S2); begun anew where a restart upstream is announced (S3). */
export function byOrigin<State>(begin: () => State): (packet: Packet<unknown>) => Known<State> {
  const all = new Map<Origin, Known<State>>()
  return ({ origin, epoch }) => {
    let known = all.get(origin)
    if (known === undefined) {
      known = { state: begin(), epoch, untold: 0 }
      all.set(origin, known)
    } else if (epoch > known.epoch) {
      known.state = begin()
      known.epoch = epoch
    }
    return known
  }
}

/** The packet, telling also of the losses before those that were dropped. */
export function telling<T>(packet: Packet<T>, known: Known<unknown>): Packet<T> {
  const { untold } = known
  if (untold === 0) return packet
  known.untold = 0
  return delivered(packet, untold, packet.gate)
}
