import { runInThisContext } from 'node:vm'
import * as rxjs from 'rxjs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import * as saccade from '../../src/index.js'
import * as operators from '../../src/operators/index.js'
import * as testing from '../../src/testing/index.js'
import { blocksOf } from './documents.js'

const modules: Readonly<Record<string, unknown>> = {
  rxjs,
  saccade,
  'saccade/operators': operators,
  'saccade/testing': testing,
}

/** A block as a function of its imports. */
function asFunction(text: string): (modules: Readonly<Record<string, unknown>>) => Promise<void> {
  const target = ts.ScriptTarget.ES2022
  const { outputText } = ts.transpileModule(text, { compilerOptions: { target, module: ts.ModuleKind.ESNext } })
  const body = outputText.replaceAll(/^import \{(.+)\} from ('.+');$/gm, 'const {$1} = modules[$2]')
  return runInThisContext(`(async (modules) => {${body}\n})`) as ReturnType<typeof asFunction>
}

const blocks = blocksOf('ts').filter(({ text }) => text.includes('\nawait virtualRun('))

/** What is drawn wrong, to see that it would be noticed. */
const slips: readonly (readonly [drawn: string, wrong: string])[] = [
  ["'x---b---(c|)'", "'x---c---(b|)'"],
  ['found: [bob(2), ann(1)]', 'found: [bob(1), ann(2)]'],
]

test('there are some', () => {
  expect(blocks.length).toBeGreaterThan(1)
})

test.each(blocks)('$where gives what it draws', async ({ text }) => {
  await asFunction(text)(modules)
  // And it can fail.
  const wrong = slips.reduce((before, [drawn, slip]) => before.replace(drawn, slip), text)
  await expect(asFunction(wrong)(modules)).rejects.toThrow('expected')
})
