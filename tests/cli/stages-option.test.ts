import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, test } from 'vitest'

/** `--stages`: stages of a user's own, by a module that the command line names (C3). */
const root = fileURLToPath(new URL('../..', import.meta.url))
const pipeline = 'examples/threshold/sure-faces.yaml'
// Within the package, so that the modules find `saccade` as a user's do.
const folder = mkdtempSync(join(root, 'examples/.stages-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

type Ending = { readonly code: number; readonly stdout: string; readonly stderr: string }

function saccade(...words: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'dist/cli/main.cjs'), ...words],
      { cwd: root, timeout: 45_000 },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr })
      },
    )
  })
}

const source = readFileSync(join(root, 'examples/threshold/threshold.ts'), 'utf8')
const compiled = ts.transpileModule(source, {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
}).outputText
const threshold = written('threshold.mjs', compiled)

describe('a module with a stage', () => {
  test('check takes it, and refuses the file without it', async () => {
    const [withIt, without] = await Promise.all([
      saccade('check', pipeline, '--stages', threshold),
      saccade('check', pipeline),
    ])
    expect(withIt).toMatchObject({ code: 0 })
    expect(withIt.stdout).toContain('faces → threshold')
    expect(without).toMatchObject({ code: 2, stdout: '' })
    expect(without.stderr).toContain('there is no stage threshold')
  })

  test('graph and stages take it', async () => {
    const [drawn, told] = await Promise.all([
      saccade('graph', pipeline, '--stages', threshold, '--format', 'json'),
      saccade('stages', 'threshold', '--stages', threshold),
    ])
    expect(drawn.stdout).toContain('"threshold"')
    expect(told.stdout).toContain('lowest score that passes, 0 to 1')
  })

  test('run runs it', async () => {
    const words = ['--clock', 'virtual', '--for', '200ms', '--tap', 'sure']
    const { code, stdout } = await saccade('run', pipeline, '--stages', threshold, ...words)
    const values = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { value: { found: { score: number }[] } })
    const scores = values.flatMap(({ value }) => value.found.map(({ score }) => score))
    expect(code).toBe(0)
    expect(scores.length).toBeGreaterThan(3)
    expect(Math.min(...scores)).toBeGreaterThanOrEqual(0.9)
  })

  test('its options are checked like those of the package', async () => {
    const text = readFileSync(join(root, pipeline), 'utf8').replace('threshold: 0.9', 'threshold: 2')
    const { code, stderr } = await saccade('check', written('wrong.yaml', text), '--stages', threshold)
    expect(code).toBe(2)
    expect(stderr).toMatch(/wrong\.yaml:\d+:\d+ {2}operators\.sure\.pipe\[0\]\.threshold/)
  })

  test('named twice, or exported twice, it counts once', async () => {
    const twice = written('twice.mjs', `${compiled}\nexport { threshold as again }\nexport default threshold\n`)
    const { code } = await saccade('check', pipeline, '--stages', twice, '--stages', twice)
    expect(code).toBe(0)
  })
})

describe('a module that cannot serve is refused, with what to do', () => {
  const taken = compiled.replace("name: 'threshold'", "name: 'queue'")
  test.each([
    { what: 'no such file', path: 'nowhere.mjs', code: 2, says: 'no such file', remedy: 'check the path' },
    {
      what: 'no stage',
      path: written('none.mjs', 'export const a = 1\n'),
      code: 2,
      says: 'exports no stage',
      remedy: 'export what defineOperator',
    },
    {
      what: 'not JavaScript',
      path: written('odd.mjs', 'export const = \n'),
      code: 2,
      says: 'cannot load the stages',
      remedy: 'mend the module',
    },
    {
      what: 'one that throws',
      path: written('throws.mjs', "throw new Error('not today')\n"),
      code: 2,
      says: 'not today',
      remedy: 'mend the module',
    },
    {
      what: 'an import that is not there',
      path: written('needs.mjs', "import 'not-installed-here'\n"),
      code: 3,
      says: 'not-installed-here',
      remedy: 'npm i',
    },
    {
      what: 'a name that is taken',
      path: written('taken.mjs', taken),
      code: 2,
      says: 'that name is taken',
      remedy: 'another name',
    },
    { what: 'a folder', path: folder, code: 2, says: 'cannot load the stages', remedy: 'name the file' },
  ])('$what', async ({ path, code, says, remedy }) => {
    const ending = await saccade('check', pipeline, '--stages', path)
    expect(ending).toMatchObject({ code, stdout: '' })
    expect(ending.stderr).toContain(says)
    expect(ending.stderr).toMatch(new RegExp(`→ .*${remedy}`))
    expect(ending.stderr).not.toMatch(/^ {4}at /m)
  })
})
