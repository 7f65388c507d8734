import { compileFunction } from 'node:vm'
import ts from 'typescript'
import { expect, test, vi } from 'vitest'
import * as saccade from '../../src/index.js'
import type { detectFaces } from '../../src/operators/index.js'
import { conforms } from '../../src/testing/index.js'
import { documents } from './documents.js'

const blocks = documents
  .find(({ path }) => path === 'docs/control.md')
  ?.blocks.filter(({ language }) => language === 'ts')

/** Runs a block as it stands, with the package's sources behind its import; gives what it exports. */
async function run(text: string): Promise<Readonly<Record<string, unknown>>> {
  const body = text
    .replaceAll(/^import (\{.+\}) from 'saccade'$/gm, 'const $1 = saccade')
    .replaceAll(/^export const (\w+)/gm, 'const $1 = exports.$1')
  const { outputText } = ts.transpileModule(`(async () => {${body}\n})`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  })
  const exported = {}
  const code = `return ${outputText.replace('"use strict";', '').trimStart()}`
  type Made = (package_: unknown, exports: object) => () => Promise<void>
  await (compileFunction(code, ['saccade', 'exports']) as Made)(saccade, exported)()
  return exported
}

test('the example pauses, looks, changes, stops and is refused, as it says', async () => {
  const told: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void told.push(words.join(' ')))
  try {
    await run(blocks?.[0]?.text ?? '')
  } finally {
    log.mockRestore()
  }
  expect(told).toEqual([
    expect.stringContaining('camera of gaze/look-at cannot be changed while it runs, as the plan rests on it → '),
    'planning opening running paused running draining stopped stopped',
  ])
}, 60_000)

test('the stage of one’s own keeps the contract, and says what may be changed', async () => {
  const { certain } = (await run(blocks?.[1]?.text ?? '')) as { certain: typeof detectFaces }
  expect(certain.definition.changeable).toEqual(['min'])
  await conforms(certain)
}, 60_000)
