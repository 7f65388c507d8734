import { asSaccadeError, SaccadeError } from '../core/errors.js'

const colours = process.stderr.isTTY && (process.env['NO_COLOR'] ?? '') === ''
const paint = (code: string) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)

export const bold = paint('1')
export const dim = paint('2')
export const red = paint('31')
export const green = paint('32')
export const amber = paint('33')

/** A line for people, on stderr: data alone goes to stdout. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** An error as a person reads it: what, where, what to do; or as a line of JSON. */
export function fail(error: unknown, json = false): void {
  if (json) {
    const told = asSaccadeError(error, { code: 'internal', remedy: 'report this, with --verbose' })
    const { code, message, stage, where, remedy } = told
    say(JSON.stringify({ type: 'error', code, message, stage, where, remedy }))
    return
  }
  if (error instanceof SaccadeError) {
    const where = error.where !== undefined && !error.message.includes(error.where) ? ` (${error.where})` : ''
    say(`${red('✗')} ${error.stage === undefined ? '' : `${error.stage}: `}${error.message}${where}`)
    if (error.code !== 'config' || !error.message.includes('→')) say(`  → ${error.remedy}`)
    return
  }
  say(`${red('✗')} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
}
