import { parseArgs } from 'node:util'
import { SaccadeError } from '../core/errors.js'

type OptionTypes = Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>>

export type Words = {
  readonly file: string
  readonly rest: readonly string[]
  readonly flag: (name: string) => boolean
  readonly one: (name: string) => string | undefined
  readonly all: (name: string) => readonly string[]
}

/**
 * Reads the words of a command.
 *
 * @throws SaccadeError `usage`
 */
export function readWords(command: string, words: readonly string[], options: OptionTypes): Words {
  const remedy = `saccade ${command} --help shows what there is`
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...options },
      allowPositionals: true,
      strict: true,
    })
    return {
      file: positionals[0] ?? '',
      rest: positionals.slice(1),
      flag: (name) => values[name] === true,
      one: (name) => {
        const value = values[name]
        return typeof value === 'string' ? value : undefined
      },
      all: (name) => {
        const value = values[name]
        return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
      },
    }
  } catch (cause) {
    const text = cause instanceof Error ? (cause.message.split('. ')[0] ?? cause.message) : String(cause)
    throw new SaccadeError(text, { code: 'usage', remedy, cause })
  }
}

/** The one file of a command. @throws SaccadeError `usage` */
export function fileOf(command: string, words: Words): string {
  if (words.file === '') {
    const remedy = `write saccade ${command} pipelines/follow-face.yaml`
    throw new SaccadeError(`saccade ${command} needs a pipeline file`, { code: 'usage', remedy })
  }
  if (words.rest.length > 0) {
    const remedy = 'name one file; values go with --set name=value'
    // What stands behind `--token` by mistake is not printed.
    const also = words.all('token').length > 0 ? `${String(words.rest.length)} more` : words.rest.join(' ')
    throw new SaccadeError(`saccade ${command} takes one file: found also ${also}`, {
      code: 'usage',
      remedy,
    })
  }
  return words.file
}

/** `--set name=value`, as often as one likes. @throws SaccadeError `usage` */
export function settings(words: Words): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.all('set').map((text) => {
      const at = text.indexOf('=')
      if (at < 1)
        throw new SaccadeError(`--set needs name=value: found ${text}`, {
          code: 'usage',
          remedy: 'write --set camera=device:0',
        })
      return [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
