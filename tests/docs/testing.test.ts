import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import * as fastCheck from 'fast-check'
import * as rxjs from 'rxjs'
import ts from 'typescript'
import * as vitest from 'vitest'
import * as threshold from '../../examples/threshold/threshold.js'
import * as saccade from '../../src/index.js'
import * as operators from '../../src/operators/index.js'
import * as streams from '../../src/streams/index.js'
import * as testing from '../../src/testing/index.js'
import { documents, root } from './documents.js'

const modules: Readonly<Record<string, unknown>> = {
  saccade,
  'saccade/operators': operators,
  'saccade/streams': streams,
  'saccade/testing': testing,
  'fast-check': fastCheck,
  rxjs,
  vitest,
  './threshold.js': threshold,
}

/** Runs a block as it stands, with the package's sources behind its imports: the tests in it become tests of this file. */
function run(text: string): void {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
  })
  const require = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`a block imports ${name}`)
    return modules[name]
  }
  const body = compileFunction(outputText, ['require', 'exports']) as (...words: readonly unknown[]) => void
  body(require, {})
}

const blocks =
  documents.find(({ path }) => path === 'docs/testing.md')?.blocks.filter(({ language }) => language === 'ts') ?? []

vitest.describe.each(blocks.map((block) => [block.where, block.text] as const))('%s', (_, text) => {
  run(text)
})

vitest.test('there are some, and the first is the example that is shown', () => {
  vitest.expect(blocks.length).toBeGreaterThan(4)
  const [first] = blocks
  const shown = readFileSync(join(root, 'examples/threshold/contract.test.ts'), 'utf8')
  vitest.expect(first?.text).toBe(`// examples/threshold/contract.test.ts\n${shown}`)
})
