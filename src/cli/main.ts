#!/usr/bin/env node
import { SaccadeError } from '../core/errors.js'
import { nearest } from '../engine/problem.js'
import { exitCodeOf } from './exit-codes.js'
import { help } from './help.js'
import { hangUp, hearSignals } from './signals.js'
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
  if (name === undefined) {
    process.stderr.write(help())
    return 2
  }
  if (name === 'help' || words.includes('--help') || words.includes('-h')) {
    const about = name === 'help' ? rest[0] : name
    if (about !== undefined && !about.startsWith('-') && !commands.has(about)) throw unknown(about)
    process.stdout.write(help(about))
    return 0
  }
  if (name === '--version') {
    const { version } = await import('./version.js')
    process.stdout.write(`${version()}\n`)
    return 0
  }
  if (name === 'run') hearSignals()
  const command = await commands.get(name)?.()
  if (command === undefined) throw unknown(name)
  return command(rest)
}

function unknown(name: string): SaccadeError {
  const list = 'saccade --help lists what is there'
  if (later.includes(name)) {
    return new SaccadeError(`saccade ${name} is not built yet`, { code: 'usage', remedy: `it comes later; ${list}` })
  }
  const near = nearest(name, [...commands.keys()])
  const remedy = near === null ? list : `did you mean ${near}? ${list}`
  return new SaccadeError(`there is no command ${name}`, { code: 'usage', remedy })
}

/** Whoever reads our output may stop reading (`| head`): that is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  hangUp()
})
// Who has closed what errors are told to cannot be told; the exit code still says it.
process.stderr.on('error', () => undefined)

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
