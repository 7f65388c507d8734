#!/usr/bin/env node
import { SaccadeError } from '../core/errors.js'
import { check } from './check.js'
import { exitCodeOf } from './exit-codes.js'
import { graph } from './graph.js'
import { help } from './help.js'
import { run } from './run.js'
import { stages } from './stages.js'
import { fail } from './terminal.js'

const commands: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = { run, check, graph, stages }
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
  const command = commands[name]
  if (command === undefined) {
    const remedy = later.includes(name) ? 'it comes later; saccade --help lists what is there' : 'saccade --help lists the commands'
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

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    fail(error)
    process.exitCode = exitCodeOf(error)
  },
)
