import { manifestOfModel, modelNames } from '../../adapters/model-files.js'
import { type FileFacts, hashFile } from '../../adapters/hash-file.js'
import { SaccadeError } from '../../core/errors.js'
import type { ModelManifest } from '../../core/model-manifest.js'
import { amber, green, red } from '../terminal.js'
import { modelNamed, pathOfModel } from './known.js'
import { printJson } from './written.js'

type Verdict = {
  readonly name: string
  readonly file: string
  /** `unknown`: its manifest has no sha256. */
  readonly verdict: 'whole' | 'wrong' | 'unknown'
  readonly why: string
  readonly found: FileFacts
}

/** `saccade models verify [NAME…]`: 0 where all that are here are what their manifests tell of, else 1. */
export async function verify(names: readonly string[], json: boolean): Promise<number> {
  const asked = names.length > 0 ? names : modelNames().filter((name) => pathOfModel(name) !== null)
  const verdicts: Verdict[] = []
  for (const name of asked) verdicts.push(await verdictOf(name))
  const wrong = verdicts.filter(({ verdict }) => verdict === 'wrong')
  if (json) printJson(verdicts)
  else {
    const marks = { whole: green('✓'), wrong: red('✗'), unknown: amber('?') }
    for (const { name, file, verdict, why } of verdicts)
      process.stdout.write(`${marks[verdict]} ${name}  ${file}${why === '' ? '' : `\n  ${why}`}\n`)
    for (const { name } of wrong) process.stdout.write(`  → ${remedyFor(name)}\n`)
    if (verdicts.length === 0) process.stdout.write('no model is here\n')
  }
  return wrong.length > 0 ? 1 : 0
}

async function verdictOf(word: string): Promise<Verdict> {
  const { name, path: file, manifest } = modelNamed(word)
  const found = await hashFile(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SaccadeError(`cannot read model ${name}: ${why}`, {
      code: 'missing',
      where: file,
      remedy: 'name a model of saccade models list, or a path that ends in .onnx',
      cause,
    })
  })
  return { name, file, found, ...judge(manifest, found) }
}

function judge(manifest: ModelManifest | null, { sha256, bytes }: FileFacts): Pick<Verdict, 'verdict' | 'why'> {
  if (manifest?.sha256 === undefined) {
    const has = manifest === null ? 'there is no manifest' : 'its manifest has no sha256'
    return { verdict: 'unknown', why: `${has}: the file is sha256 ${sha256}` }
  }
  const problems = [
    ...(manifest.bytes !== undefined && manifest.bytes !== bytes
      ? [`it must have ${String(manifest.bytes)} bytes, and has ${String(bytes)}`]
      : []),
    ...(manifest.sha256 !== sha256 ? [`it must be sha256 ${manifest.sha256}, and is ${sha256}`] : []),
  ]
  return { verdict: problems.length === 0 ? 'whole' : 'wrong', why: problems.join('; ') }
}

function remedyFor(name: string): string {
  const known = manifestOfModel(name)?.origin !== undefined
  return known ? `take the file away and run saccade models pull ${name}` : `get ${name} anew, or mend its manifest`
}
