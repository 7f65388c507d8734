import type { Packet } from './packet.js'
import type { PacketJson } from './wire.js'

/** A packet as the line that `--tap` prints; binary values by their size only. */
export function packetJson(tap: string, packet: Packet<unknown>, nowMs: number): PacketJson {
  return {
    tap,
    origin: packet.origin.name,
    seq: packet.seq,
    capturedAtMs: packet.capturedAtMs,
    stamp: packet.stamp.kind,
    ageMs: Math.round((nowMs - packet.capturedAtMs) * 1000) / 1000,
    lost: packet.lost,
    value: sizesOnly(packet.value),
  }
}

function sizesOnly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sizesOnly)
  if (typeof value !== 'object' || value === null || !('samples' in value)) return value
  const { samples, ...rest } = value
  return ArrayBuffer.isView(samples) ? { ...rest, bytes: samples.byteLength } : value
}
