import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Command } from '../helpers/command.js'
import { documents } from './documents.js'

/** Every command of docs/security.md is executed as it stands, on a free port and for a moment. */
const { blocks } = documents.find(({ path }) => path === 'docs/security.md') ?? { blocks: [] }
const commands = blocks.flatMap(({ language, text }, index) => {
  const after = blocks[index + 1]
  // What follows a command without a language is what it says.
  return language === 'sh' ? [{ line: text.trim(), says: after?.language === '' ? after.text : null }] : []
})

/** Stands for the reader's own file. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-docs-'))
const tokenFile = join(folder, 'tokens.txt')
writeFileSync(tokenFile, 'view:anybody-may-look-at-this\ncontrol+stop:only-for-who-drives-it\n')
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('the commands of docs/security.md', () => {
  test('are there', () => {
    expect(commands.length).toBeGreaterThan(4)
    expect(commands.filter(({ says }) => says !== null)).toHaveLength(1)
  })

  test.each(commands)('$line', async ({ line, says }) => {
    const [program, ...words] = line.replace('@tokens.txt', `@${tokenFile}`).split(' ')
    expect(program).toBe('saccade')
    const run = new Command([...words, '--port', '0', '--for', '100ms'])
    const { code, stderr } = await run.ended
    expect(code).toBe(says === null ? 0 : 2)
    if (says !== null) expect(stderr).toBe(says)
    expect(stderr).toMatch(says === null ? /^watch {2}https?:\/\/.*Ctrl-C stops$/m : /without a token/)
    expect(stderr).not.toMatch(/anybody-may-look|only-for-who/)
  })
})
