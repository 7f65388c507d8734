import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { blocksOf, root } from './documents.js'

describe('the ten-line example', () => {
  const [block, ...others] = blocksOf('js')

  test('is the one block that runs, and has ten lines', () => {
    expect(others).toEqual([])
    expect(block?.where).toMatch(/^README\.md:/)
    expect(block?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(10)
    expect(block?.text).toBe(readFileSync(join(root, 'examples/embed.mjs'), 'utf8'))
  })

  test('prints five faces that are there, and ends by itself', async () => {
    // As it stands, by the package's own doors; a process that does not end is killed, and this rejects.
    const words = ['--input-type=module', '--eval', block?.text ?? '']
    const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: root, timeout: 45_000 })
    const lines = stdout.trimEnd().split('\n')
    expect(stderr).toBe('')
    expect(lines).toHaveLength(5)
    const truth = faceCentres()
    for (const line of lines) {
      const found = /^frame (\d+): a face at (\d+) (\d+) (\d+) (\d+)$/.exec(line)
      const [frame = NaN, x = NaN, y = NaN, width = NaN, height = NaN] = (found ?? []).slice(1).map(Number)
      const [trueX = NaN, trueY = NaN] = truth[frame] ?? []
      expect(Math.hypot(x + width / 2 - trueX, y + height / 2 - trueY)).toBeLessThan(25)
    }
  })
})

function faceCentres(): readonly (readonly number[])[] {
  const truth = JSON.parse(readFileSync(join(root, 'media/demo.truth.json'), 'utf8')) as { faceCentrePx: number[][] }
  return truth.faceCentrePx
}

describe('every TypeScript block compiles, as strictly as the house does', () => {
  const blocks = blocksOf('ts')
  /** A block that begins with a path stands there; others stand beside the package. */
  const placed = new Map(
    blocks.map((block, index) => {
      const path = /^\/\/ (\S+\.ts)\n/.exec(block.text)?.[1] ?? `block-${String(index)}.ts`
      return [join(root, path), block] as const
    }),
  )

  const problems = compile(new Map([...placed].map(([path, { text }]) => [path, text])))

  test('there are some', () => {
    expect(blocks.length).toBeGreaterThan(3)
  })

  test.each([...placed].map(([path, { where }]) => ({ path, where })))('$where', ({ path }) => {
    expect(problems.filter((problem) => problem.path === path).map(({ text }) => text)).toEqual([])
  })
})

type Problem = { readonly path: string; readonly text: string }

function compile(texts: ReadonlyMap<string, string>): readonly Problem[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
      },
    },
  )
  if (config === undefined) throw new Error('there is no tsconfig.json')
  const disk = ts.createCompilerHost(config.options)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, how, ...more) => {
      const text = texts.get(path)
      return text === undefined ? disk.getSourceFile(path, how, ...more) : ts.createSourceFile(path, text, how)
    },
  }
  const program = ts.createProgram([...texts.keys()], config.options, host)
  return [...texts.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ messageText }) => ({ path, text: ts.flattenDiagnosticMessageText(messageText, '\n') }))
  })
}
