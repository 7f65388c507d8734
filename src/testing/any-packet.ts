import { createPacket, type Packet } from '../core/packet.js'
import { fc } from './fast-check.js'

/** One packet with a value of the given kind, of a live or a recorded stream, anywhere in it. */
export function anyPacket<T>(values: fc.Arbitrary<T>): fc.Arbitrary<Packet<T>> {
  return fc
    .record({
      origin: fc.constantFrom({ name: 'camera', live: true }, { name: 'file', live: false }),
      seq: fc.nat(1000),
      capturedAtMs: fc.nat(100_000),
      untilMs: fc.constant(null),
      stamp: fc.constantFrom({ kind: 'medium' as const }, { kind: 'arrival' as const }, { kind: 'synthetic' as const }),
      lost: fc.nat(3),
      epoch: fc.nat(2),
      value: values,
    })
    .map((birth) => createPacket(birth))
}
