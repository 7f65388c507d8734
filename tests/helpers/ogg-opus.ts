/** Bytes of Opus at 48 kHz that a decoder is to cut off at the beginning: what the encoder looks ahead, 6.5 ms. */
const preSkip = 312
/** 20 ms: times in Ogg are those of 48 kHz, whatever the rate of the encoder. */
const samplesPerPacket = 960

/** Packets of Opus, mono and 20 ms each, as an Ogg file (RFC 7845), one packet a page. */
export function oggOpus(packets: readonly Uint8Array[], sampleRateHz: number): Buffer {
  const head = Buffer.from('OpusHead\x01\x01\0\0\0\0\0\0\0\0\0', 'latin1')
  head.writeUInt16LE(preSkip, 10)
  head.writeUInt32LE(sampleRateHz, 12)
  const tags = Buffer.from('OpusTags\x04\0\0\0test\0\0\0\0', 'latin1')
  return Buffer.concat([
    page(head, 0, 0, 2),
    page(tags, 1, 0, 0),
    ...packets.map((packet, n) => page(packet, n + 2, (n + 1) * samplesPerPacket, n === packets.length - 1 ? 4 : 0)),
  ])
}

function page(packet: Uint8Array, sequence: number, granule: number, flags: number): Buffer {
  const lacing = [...new Array<number>(Math.floor(packet.length / 255)).fill(255), packet.length % 255]
  const header = Buffer.alloc(27 + lacing.length)
  header.write('OggS', 'latin1')
  header.writeUInt8(flags, 5)
  header.writeBigUInt64LE(BigInt(granule), 6)
  header.writeUInt32LE(1, 14)
  header.writeUInt32LE(sequence, 18)
  header.writeUInt8(lacing.length, 26)
  header.set(lacing, 27)
  const whole = Buffer.concat([header, packet])
  whole.writeUInt32LE(checksum(whole), 22)
  return whole
}

/** CRC-32 of Ogg: the polynomial 04c11db7, not reflected, from zero. */
function checksum(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 24
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  return crc >>> 0
}
