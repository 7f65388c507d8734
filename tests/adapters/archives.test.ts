import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { fileInTar } from '../../src/adapters/read-tar.js'
import { fileInZip } from '../../src/adapters/read-zip.js'
import { tarOf, zipOf } from '../helpers/archives.js'
import { runs } from '../helpers/runs.js'

const folder = mkdtempSync(join(tmpdir(), 'saccade-archives-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** All that comes, and whether it was there. */
async function taken(file: AsyncGenerator<Uint8Array, boolean>): Promise<Buffer | null> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = await file.next()
    if (next.done === true) return next.value ? Buffer.concat(chunks) : null
    chunks.push(next.value)
  }
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '/', '-', '_', '.', 'é', '1'),
  minLength: 1,
  maxLength: 220,
  size: 'max',
})
const files = fc.uniqueArray(fc.record({ path: letters, bytes: fc.uint8Array({ maxLength: 3000 }) }), {
  selector: ({ path }) => path,
  minLength: 1,
  maxLength: 6,
})
const ascii = (all: readonly { path: string }[]): boolean =>
  all.every(({ path }) => !/\0/.test(path) && !(path.length <= 100 && Buffer.byteLength(path) > 100))

const zipped = (bytes: Uint8Array): string => {
  const path = join(folder, 'one.zip')
  writeFileSync(path, bytes)
  return path
}

describe('tar', () => {
  test('every file comes out as it went in, however the archive is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        files.filter(ascii),
        fc.integer({ min: 1, max: 2000 }),
        fc.constantFrom('gnu', 'pax'),
        async (all, size, long) => {
          const archive = tarOf(all, /é/.test(all.map(({ path }) => path).join('')) ? 'gnu' : long)
          for (const { path, bytes } of all) {
            const found = await taken(fileInTar(inChunks(archive, size), (name) => name === path))
            expect(found).toEqual(Buffer.from(bytes))
          }
          expect(await taken(fileInTar(inChunks(archive, size), () => false))).toBeNull()
        },
      ),
      { numRuns: runs(60) },
    )
  })

  test('one that is cut off within the file is no file', async () => {
    const archive = tarOf([{ path: 'a', bytes: new Uint8Array(1000) }])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 512, max: 1511 }), async (length) => {
        await expect(taken(fileInTar(inChunks(archive.subarray(0, length), 300), () => true))).rejects.toThrow(
          'breaks off',
        )
      }),
    )
  })

  test('what is no archive is said to be none', async () => {
    await expect(taken(fileInTar(inChunks(Buffer.alloc(600, 65), 300), () => true))).rejects.toThrow('no tar archive')
  })
})

describe('zip', () => {
  test('every file comes out as it went in, with a comment behind the archive too', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), async (all, comment) => {
        const path = zipped(zipOf(all, comment))
        for (const one of all) {
          expect(await taken(fileInZip(path, (name) => name === one.path))).toEqual(Buffer.from(one.bytes))
        }
        expect(await taken(fileInZip(path, () => false))).toBeNull()
      }),
      { numRuns: runs(60) },
    )
  })

  test('what looks like its end within a file is not', async () => {
    const bytes = Buffer.from('PK\x05\x06 is how a zip ends, and more than twenty-two bytes')
    const path = zipped(
      zipOf([
        { path: 'other', bytes },
        { path: 'a', bytes },
      ]),
    )
    expect(await taken(fileInZip(path, (name) => name === 'a'))).toEqual(bytes)
  })

  test('one that is cut off, wherever, is no archive', async () => {
    const archive = zipOf([{ path: 'a', bytes: Uint8Array.from({ length: 500 }, (_, i) => i) }])
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: archive.length - 1 }), async (length) => {
        await expect(taken(fileInZip(zipped(archive.subarray(0, length)), () => true))).rejects.toThrow(/no whole zip/)
      }),
    )
  })
})
