import { readFileSync } from 'node:fs'
import { newToken, type Token } from '../adapters/web-tokens.js'
import { SaccadeError } from '../core/errors.js'
import type { ServeOptions } from '../engine/serve.js'
import type { Words } from './words.js'

/** Options of `saccade run` that say to whom it is served. */
export const serveOptions = {
  host: { type: 'string' },
  token: { type: 'string', multiple: true },
  origin: { type: 'string', multiple: true },
  tls: { type: 'string' },
} as const

export type ServeWords = {
  readonly options: Pick<ServeOptions, 'host' | 'tokens' | 'origins' | 'tls'>
  /** Tokens that were made here: nobody knows them before they are printed. */
  readonly made: readonly Token[]
}

/** `--token` and `--tls` may stand alone: then no pipeline file behind them, and no further option, is their value. */
export function withBareOptions(words: readonly string[]): readonly string[] {
  return words.map((word, index) => {
    const next = words[index + 1]
    const bare = next === undefined || next.startsWith('-') || /\.ya?ml$/.test(next)
    return bare && (word === '--token' || word === '--tls') ? `${word}=` : word
  })
}

/**
 * Reads `--host`, `--token`, `--origin` and `--tls`. No error holds a token.
 *
 * @throws SaccadeError `usage`
 */
export function readServeWords(words: Words): ServeWords {
  const host = words.one('host')
  if (host === '')
    throw usage('--host needs an address', 'write --host 0.0.0.0 for all addresses of this machine, or one of them')
  const read = words.all('token').flatMap(expand).map(tokenOf)
  const tls = tlsOf(words.one('tls'))
  return {
    options: {
      ...(host === undefined ? {} : { host }),
      tokens: read.map(({ token }) => token),
      origins: words.all('origin'),
      ...(tls === null ? {} : { tls }),
    },
    made: read.filter(({ made }) => made).map(({ token }) => token),
  }
}

/** `@FILE` holds tokens, one a line: what stands on a command line is seen by all users of a machine. */
function expand(word: string): readonly string[] {
  if (!word.startsWith('@')) return [word]
  try {
    const lines = readFileSync(word.slice(1), 'utf8').split('\n')
    const tokens = lines.map((line) => line.trim()).filter((line) => line !== '')
    if (tokens.length > 0) return tokens
  } catch (cause) {
    throw usage('--token: the file with tokens cannot be read', 'write --token @FILE, one token a line', cause)
  }
  throw usage('--token: the file with tokens is empty', 'write one token a line')
}

/** `TEXT` for all rights; `view:TEXT`, `control:TEXT`, `stop:TEXT`, `control+stop:TEXT`; without a text one is made. */
function tokenOf(word: string): { readonly token: Token; readonly made: boolean } {
  const colon = word.indexOf(':')
  const rights = colon < 0 ? ['control', 'stop'] : word.slice(0, colon).split('+')
  const text = word.slice(colon + 1)
  if (rights.some((right) => !['view', 'control', 'stop'].includes(right)))
    throw usage(
      '--token: there is no such right',
      'write view:TOKEN, control:TOKEN, stop:TOKEN or control+stop:TOKEN; TOKEN alone may do all',
    )
  const made = text === ''
  const token = { text: made ? newToken() : text, control: rights.includes('control'), stop: rights.includes('stop') }
  return { token, made }
}

function tlsOf(word: string | undefined): NonNullable<ServeOptions['tls']> | null {
  if (word === undefined) return null
  if (word === '') return 'self-signed'
  const [certFile = '', keyFile = '', ...more] = word.split(',')
  if (certFile === '' || keyFile === '' || more.length > 0)
    throw usage(
      `--tls needs two files, the certificate and its key: found ${word}`,
      'write --tls cert.pem,key.pem, or --tls alone for a self-signed one',
    )
  return { certFile, keyFile }
}

function usage(message: string, remedy: string, cause?: unknown): SaccadeError {
  return new SaccadeError(message, { code: 'usage', remedy, cause })
}
