import { manifestOfModel, modelNames } from '../../adapters/model-files.js'
import { whyNotPulled } from '../../adapters/why-not-pulled.js'
import { SaccadeError } from '../../core/errors.js'
import type { ModelManifest } from '../../core/model-manifest.js'
import { fail } from '../terminal.js'
import { bytesOfFile, pathOfModel, placeOf } from './known.js'
import { columns, megabytes, printJson } from './written.js'

type Row = {
  readonly manifest: ModelManifest
  readonly file: string | null
  readonly bytes: number | null
  readonly where: string
}

/** `saccade models list`: all that have a manifest, and where they lie. */
export async function list(json: boolean): Promise<number> {
  const rows: Row[] = []
  let code = 0
  for (const name of modelNames()) {
    try {
      const row = await rowOf(name)
      if (row !== null) rows.push(row)
    } catch (error) {
      // The others are told all the same.
      if (!(error instanceof SaccadeError)) throw error
      fail(error, json)
      code = 2
    }
  }
  if (json) printJson(rows.map(jsonOf))
  else process.stdout.write(table(rows))
  return code
}

async function rowOf(name: string): Promise<Row | null> {
  const manifest = manifestOfModel(name)
  if (manifest === null) return null
  const file = pathOfModel(name)
  const bytes = file === null ? (manifest.bytes ?? null) : await bytesOfFile(file)
  return { manifest: { ...manifest, name }, file, bytes, where: file === null ? 'not here' : placeOf(file) }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ manifest: { name, about, licence }, bytes, where }) => [
    name,
    bytes === null ? '?' : megabytes(bytes),
    where,
    about,
    licence,
  ])
  const away = rows.filter(({ file }) => file === null).map(({ manifest }) => manifest)
  const able = away.filter((manifest) => whyNotPulled(manifest) === null).map(({ name }) => name)
  const others = away.filter((manifest) => whyNotPulled(manifest) !== null).map(({ name }) => name)
  return [
    columns([['name', 'size', 'where', 'what it does', 'licence'], ...lines]),
    able.length === 0 ? '' : `\nsaccade models pull NAME gets: ${able.join(', ')}\n`,
    others.length === 0 ? '' : `to be made by hand (saccade models pull NAME says how): ${others.join(', ')}\n`,
  ].join('')
}

function jsonOf({ manifest, file, bytes, where }: Row): unknown {
  const { name, version, about, licence, sha256, decoder, origin } = manifest
  const pull = whyNotPulled(manifest) ?? 'can be pulled'
  return { name, version, about, licence, bytes, sha256, decoder, origin, where, file, pull }
}
