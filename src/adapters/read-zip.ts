import { type FileHandle, open } from 'node:fs/promises'
import { createInflateRaw } from 'node:zlib'

/** A zip's last record, with a comment of at most 64 KiB behind it. */
const endBytes = 22
const longestTail = endBytes + 65_535

type Entry = { readonly method: number; readonly packedBytes: number; readonly at: number }

/**
 * The bytes of one file of a zip archive (stored or deflated), as they come; false where it has none of that name.
 *
 * @throws Error where it is no zip archive, or one of over 4 GiB or of a way of packing that is not known here
 */
export async function* fileInZip(
  path: string,
  isWanted: (path: string) => boolean,
): AsyncGenerator<Uint8Array, boolean> {
  const file = await open(path)
  try {
    const entry = await find(file, isWanted)
    if (entry === null) return false
    if (entry.method !== 0 && entry.method !== 8) throw new Error(`it is packed in way ${String(entry.method)}`)
    const head = await read(file, entry.at, 30)
    if (head.readUInt32LE(0) !== 0x04_03_4b_50) throw new Error('it is no whole zip archive')
    const start = entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28)
    if (entry.packedBytes === 0) return true
    const packed = file.createReadStream({ start, end: start + entry.packedBytes - 1, autoClose: false })
    const bytes = entry.method === 0 ? packed : packed.on('error', () => undefined).pipe(createInflateRaw())
    yield* bytes as AsyncIterable<Buffer>
    return true
  } finally {
    await file.close()
  }
}

async function find(file: FileHandle, isWanted: (path: string) => boolean): Promise<Entry | null> {
  const { size } = await file.stat()
  const tail = await read(file, Math.max(0, size - longestTail), Math.min(size, longestTail))
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + endBytes > tail.length) throw new Error('it is no whole zip archive')
  const [bytes, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  if (at + bytes > size) throw new Error('it is no whole zip archive, or one of over 4 GiB')
  const list = await read(file, at, bytes)
  for (let from = 0; from + 46 <= list.length && list.readUInt32LE(from) === 0x02_01_4b_50;) {
    const nameBytes = list.readUInt16LE(from + 28)
    const name = list.toString('utf8', from + 46, from + 46 + nameBytes)
    if (isWanted(name)) {
      return {
        method: list.readUInt16LE(from + 10),
        packedBytes: list.readUInt32LE(from + 20),
        at: list.readUInt32LE(from + 42),
      }
    }
    from += 46 + nameBytes + list.readUInt16LE(from + 30) + list.readUInt16LE(from + 32)
  }
  return null
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await file.read(buffer, 0, bytes, at)
  if (bytesRead < bytes) throw new Error('it is no whole zip archive')
  return buffer
}
