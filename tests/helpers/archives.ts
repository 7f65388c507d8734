import { crc32 } from 'node:zlib'
import { deflateRawSync, gzipSync } from 'node:zlib'

export type Filed = { readonly path: string; readonly bytes: Uint8Array }

const header = (path: string, size: number, type: string): Buffer => {
  const head = Buffer.alloc(512)
  head.write(path.slice(0, 100), 0)
  head.write('0000644\0', 100)
  head.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  head.write(type, 156)
  head.write('ustar\0', 257)
  head.fill(' ', 148, 156)
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return head
}
const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])

/** A tar archive; a path of over 100 letters goes as GNU or as pax has it. */
export function tarOf(files: readonly Filed[], long: 'gnu' | 'pax' = 'pax'): Buffer {
  const parts = files.flatMap(({ path, bytes }) => {
    const file = [header(path, bytes.length, '0'), padded(bytes)]
    if (path.length <= 100) return file
    const field = ` path=${path}\n`
    const length = [1, 2, 3, 4]
      .map((digits) => digits + field.length)
      .find((all) => String(all).length + field.length === all)
    const name = Buffer.from(long === 'gnu' ? `${path}\0` : `${String(length)}${field}`)
    return [header('long', name.length, long === 'gnu' ? 'L' : 'x'), padded(name), ...file]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

export const tgzOf = (files: readonly Filed[], long?: 'gnu' | 'pax'): Buffer => gzipSync(tarOf(files, long))

/** A zip archive, as wheels are; each second file is only stored. */
export function zipOf(files: readonly Filed[], comment = ''): Buffer {
  const parts: Buffer[] = []
  const list: Buffer[] = []
  let at = 0
  files.forEach(({ path, bytes }, i) => {
    const method = i % 2 === 0 ? 8 : 0
    const packed = method === 8 ? deflateRawSync(bytes) : Buffer.from(bytes)
    const name = Buffer.from(path)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(method, 4)
    facts.writeUInt32LE(typeof crc32 === 'function' ? crc32(bytes) : 0, 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(bytes.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), facts, name, packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    list.push(Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), facts, rest, name]))
    parts.push(local)
    at += local.length
  })
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  const directory = Buffer.concat(list)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, directory, end, Buffer.from(comment)])
}
