#!/usr/bin/env node
import { SaccadeError } from '../core/errors.js'
import { exitCodeOf } from './exit-codes.js'
import { help } from './help.js'
import { hearSignals } from './signals.js'
import { fail } from './terminal.js'

type Command = (words: readonly string[]) => Promise<number>

/** Loaded when asked for: signals are heard before. */
const commands = new Map<string, () => Promise<Command>>([
  ['run', async () => (await import('./run.js')).run],
  ['check', async () => (await import('./check.js')).check],
  ['graph', async () => (await import('./graph.js')).graph],
  ['stages', async () => (await import('./stages.js')).stages],
])
const later = ['sim', 'models', 'eject']

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name === 'help' || words.includes('--help') || words.includes('-h')) {
    process.stdout.write(help(name === 'help' ? rest[0] : name))
    return name === undefined ? 2 : 0
  }
  if (name === '--version') {
    const { version } = await import('./version.js')
    process.stdout.write(`${version()}\n`)
    return 0
  }
  if (name === 'run') hearSignals()
  const command = await commands.get(name)?.()
  if (command === undefined) {
    const remedy = later.includes(name)
      ? 'it comes later; saccade --help lists what is there'
      : 'saccade --help lists the commands'
    const what = later.includes(name) ? `saccade ${name} is not built yet` : `there is no command ${name}`
    throw new SaccadeError(what, { code: 'usage', remedy })
  }
  return command(rest)
}

/** Whoever reads our output may stop reading (`| head`): that is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const words = process.argv.slice(2)
main(words).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    fail(error, words.includes('--json'))
    process.exitCode = exitCodeOf(error)
  },
)
