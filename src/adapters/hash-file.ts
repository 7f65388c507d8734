import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** What a file is, whatever it is called. */
export type FileFacts = { readonly sha256: string; readonly bytes: number }

/** Reads a file through once. Rejects with Node's own error where it cannot be read. */
export async function hashFile(path: string): Promise<FileFacts> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.byteLength
  }
  return { sha256: hash.digest('hex'), bytes }
}
