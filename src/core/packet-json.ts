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

/** As deep as sound may lie: a list of it in a field of what was joined. */
function sizesOnly(value: unknown, levels = 3): unknown {
  if (typeof value !== 'object' || value === null || levels === 0 || 'toJSON' in value) return value
  if ('samples' in value && ArrayBuffer.isView(value.samples)) {
    const { samples, ...rest } = value
    return { ...rest, bytes: samples.byteLength }
  }
  if (Array.isArray(value)) return value.map((item) => sizesOnly(item, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sizesOnly(item, levels - 1)]))
}
