import { resolve } from 'node:path'
import { manifestOfModel, modelNames } from '../../adapters/model-files.js'
import { modelCache, modelFolders } from '../../adapters/model-folders.js'
import { hashFile } from '../../adapters/hash-file.js'
import { type Pulled, pullModel } from '../../adapters/pull-model.js'
import { systemClock } from '../../adapters/system-clock.js'
import { SaccadeError } from '../../core/errors.js'
import type { ModelManifest } from '../../core/model-manifest.js'
import { nearest } from '../../engine/problem.js'
import { green, say } from '../terminal.js'
import type { Words } from '../words.js'
import { oneModel, pathOfModel } from './known.js'
import { createProgress } from './progress.js'
import { megabytes, printJson } from './written.js'

/** `saccade models pull NAME`: fetches a model, checks it, and puts it where it is looked for. */
export async function pull(words: readonly string[], read: Words): Promise<number> {
  const word = oneModel('pull', words)
  const manifest = manifestOf(word)
  const to = read.one('to')
  const force = read.flag('force')
  const json = read.flag('json')
  const folder = to === undefined ? modelCache() : resolve(to)
  const here = to === undefined && !force ? await wholeElsewhere(manifest) : null
  if (here !== null) return tell(manifest, here, 0, json)
  const stop = stopBySignal()
  const progress = createProgress(manifest.name, systemClock, {
    isTerminal: process.stderr.isTTY && !json,
    write: (text) => json || process.stderr.write(text),
  })
  try {
    const pulled = await pullModel(
      manifest,
      { folder, force },
      { clock: systemClock, random: Math.random, signal: stop.signal, tell: progress.tell },
    )
    return tell(manifest, pulled, progress.end(), json)
  } catch (error) {
    progress.end()
    if (!stop.signal.aborted) throw error
    say('stopped; what has come is kept, and the same command goes on with it')
    return 130
  } finally {
    stop.end()
  }
}

function tell({ name }: ModelManifest, pulled: Pulled, tookMs: number, json: boolean): number {
  const { path, bytes, sha256, fetched } = pulled
  if (json) printJson({ name, file: path, bytes, sha256, fetched })
  else {
    const how = fetched ? `${megabytes(bytes)} in ${(tookMs / 1000).toFixed(1)} s` : 'is here already, and whole'
    say(`${green('✓')} ${name}  ${path}  ${how}; sha256 ${sha256.slice(0, 12)}… as its manifest has it`)
  }
  return 0
}

/** The manifest of a known model, or one of the user's own by its path. @throws SaccadeError `usage`, `config` */
function manifestOf(word: string): ModelManifest {
  const isPath = word.endsWith('.json')
  const manifest = manifestOfModel(isPath ? `${word.slice(0, -'.json'.length)}.onnx` : word)
  if (manifest !== null) return isPath ? manifest : { ...manifest, name: word }
  if (isPath) {
    throw new SaccadeError(`cannot read ${word}: there is no such file`, {
      code: 'config',
      where: word,
      remedy: 'name a manifest, as those in the models folder of the package are',
    })
  }
  const near = nearest(word, modelNames())
  throw new SaccadeError(`there is no model ${word}`, {
    code: 'usage',
    remedy: `${near === null ? '' : `did you mean ${near}? `}known are ${modelNames().join(', ')}; or name a manifest of your own, mine.json`,
  })
}

/** A model that lies in the package or in SACCADE_MODELS need not be fetched. */
async function wholeElsewhere({ name, sha256 }: ModelManifest): Promise<Pulled | null> {
  const path = modelFolders().length > 0 && modelNames().includes(name) ? pathOfModel(name) : null
  if (path === null || sha256 === undefined) return null
  const facts = await hashFile(path)
  return facts.sha256 === sha256 ? { ...facts, path, fetched: false } : null
}

/** Ctrl-C and SIGTERM end a pull in order, so that what has come is kept; the model is not here, so it is no 0. */
function stopBySignal(): { readonly signal: AbortSignal; readonly end: () => void } {
  const stop = new AbortController()
  const onSignal = (): void => {
    stop.abort()
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  return {
    signal: stop.signal,
    end: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
