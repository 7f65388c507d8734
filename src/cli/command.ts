import { SaccadeError } from '../core/errors.js'
import { nearest } from '../engine/problem.js'
import { check } from './check.js'
import type { Start } from './early.js'
import { exitCodeOf } from './exit-codes.js'
import { graph } from './graph.js'
import { help } from './help.js'
import { run } from './run.js'
import { stages } from './stages.js'
import { fail } from './terminal.js'
import { version } from './version.js'

type Command = (words: readonly string[], start: Start) => Promise<number>

const commands = new Map<string, Command>([
  ['run', run],
  ['check', check],
  ['graph', graph],
  ['stages', stages],
  // What it needs is made when it is asked for: a run does not wait for it.
  ['models', async (words) => (await import('./models/index.js')).models(words)],
])
const later = ['sim', 'eject']

async function dispatch(words: readonly string[], start: Start): Promise<number> {
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
    process.stdout.write(`${version()}\n`)
    return 0
  }
  const command = commands.get(name)
  if (command === undefined) throw unknown(name)
  return command(rest, start)
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

/** Carries out a command line; the exit code is set, the process ends by itself. */
export async function command(words: readonly string[], start: Start): Promise<void> {
  // Whoever reads our output may stop reading (`| head`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (start.early === null) process.exit(0)
    else start.early.signals.hangUp()
  })
  // Who has closed what errors are told to cannot be told; the exit code still says it.
  process.stderr.on('error', () => undefined)
  try {
    process.exitCode = await dispatch(words, start)
  } catch (error) {
    fail(error, words.includes('--json'))
    process.exitCode = exitCodeOf(error)
  }
}
