import { SaccadeError } from '../../core/errors.js'
import { nearest } from '../../engine/problem.js'
import { readWords } from '../words.js'
import { bench } from './bench.js'
import { inspect } from './inspect.js'
import { list } from './list.js'
import { pull } from './pull.js'
import { quantize } from './quantize.js'
import { verify } from './verify.js'

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** Each command of models, and what it takes beside `--json`. */
const options = {
  list: {},
  pull: { to: text, force: flag },
  verify: {},
  inspect: {},
  bench: { runs: text, size: text },
  quantize: { to: text, force: flag, static: flag, frames: text, count: text, size: text },
} as const

type Name = keyof typeof options
const names = Object.keys(options) as readonly Name[]

/** `saccade models …`: what is known of models, and what can be done with them. */
export async function models([word = '', ...rest]: readonly string[]): Promise<number> {
  const name = names.find((one) => one === word)
  if (name === undefined) throw unknown(word)
  const read = readWords('models', rest, { ...options[name], json: flag })
  const words = read.file === '' ? [] : [read.file, ...read.rest]
  const json = read.flag('json')
  switch (name) {
    case 'list':
      if (words.length > 0) throw tooMany(words)
      return list(json)
    case 'pull':
      return pull(words, read)
    case 'verify':
      return verify(words, json)
    case 'inspect':
      return inspect(words, json)
    case 'bench':
      return bench(words, read)
    case 'quantize':
      return quantize(words, read)
  }
}

function unknown(word: string): SaccadeError {
  const near = word === '' ? null : nearest(word, names)
  const what = word === '' ? 'saccade models needs a word' : `saccade models knows no ${word}`
  return new SaccadeError(what, {
    code: 'usage',
    remedy: `${near === null ? '' : `did you mean ${near}? `}write one of ${names.join(', ')}; saccade help models tells of them`,
  })
}

function tooMany(words: readonly string[]): SaccadeError {
  return new SaccadeError(`saccade models list takes no more words: found ${words.join(' ')}`, {
    code: 'usage',
    remedy: 'write saccade models list, or saccade models inspect NAME',
  })
}
