const block = 512

type Header = { readonly path: string; readonly bytes: number; readonly type: string }

/**
 * The bytes of one file of a tar archive (ustar, with the long names of GNU and of pax), as they come; null where it has none
 * of that name.
 *
 * @throws Error where it is no tar archive or breaks off
 */
export async function* fileInTar(
  archive: AsyncIterable<Uint8Array>,
  isWanted: (path: string) => boolean,
): AsyncGenerator<Uint8Array, boolean> {
  const reader = readerOf(archive)
  let longName: string | null = null
  for (;;) {
    const head = await reader.take(block)
    if (head === null || head.every((byte) => byte === 0)) return false
    const { path, bytes, type } = headerOf(head)
    const padding = (block - (bytes % block)) % block
    if (type === 'L' || type === 'x') {
      if (bytes > 1 << 20) throw new Error('it is no tar archive: a name of over 1 MB')
      const text = Buffer.from(whole(await reader.take(bytes))).toString('utf8')
      whole(await reader.take(padding))
      longName = type === 'L' ? text.replace(/\0.*$/s, '') : (/^\d+ path=(.*)$/m.exec(text)?.[1] ?? longName)
      continue
    }
    const wanted = (type === '0' || type === '\0') && isWanted(longName ?? path)
    longName = null
    for (let left = bytes; left > 0;) {
      const chunk = whole(await reader.some(left))
      left -= chunk.byteLength
      if (wanted) yield chunk
    }
    if (wanted) return true
    whole(await reader.take(padding))
  }
}

function headerOf(head: Uint8Array): Header {
  const text = (from: number, to: number): string =>
    Buffer.from(head.subarray(from, to)).toString('utf8').replace(/\0.*$/s, '')
  const sum = head.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (sum !== Number.parseInt(text(148, 156).trim(), 8))
    throw new Error('it is no tar archive: a header does not add up')
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : ''
  const path = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`
  return { path, bytes: sizeOf(head.subarray(124, 136)), type: String.fromCharCode(head[156] ?? 0) }
}

/** Octal digits; or, with the first bit set, a number of base 256. */
function sizeOf(field: Uint8Array): number {
  const size =
    ((field[0] ?? 0) & 0x80) === 0
      ? Number.parseInt(
          Buffer.from(field)
            .toString('latin1')
            .replace(/[\0 ]+$/, '')
            .trim() || '0',
          8,
        )
      : field.reduce((all, byte, at) => all * 256 + (at === 0 ? byte & 0x7f : byte), 0)
  if (Number.isSafeInteger(size)) return size
  throw new Error('it is no tar archive: a file of no size')
}

function whole(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null) throw new Error('it breaks off')
  return bytes
}

function readerOf(archive: AsyncIterable<Uint8Array>) {
  const source = archive[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  /** At most so many bytes of what is there; null at the end. */
  const some = async (most: number): Promise<Uint8Array | null> => {
    while (rest.byteLength === 0) {
      const next = await source.next()
      if (next.done === true) return null
      rest = next.value
    }
    const chunk = rest.subarray(0, most)
    rest = rest.subarray(chunk.byteLength)
    return chunk
  }
  /** So many bytes; null where the archive ends before the first, or within. */
  const take = async (count: number): Promise<Uint8Array | null> => {
    const parts: Uint8Array[] = []
    for (let left = count; left > 0;) {
      const part = await some(left)
      if (part === null) return null
      parts.push(part)
      left -= part.byteLength
    }
    return Buffer.concat(parts)
  }
  return { some, take }
}
