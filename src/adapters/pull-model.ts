import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SaccadeError } from '../core/errors.js'
import type { ModelManifest } from '../core/model-manifest.js'
import { type FileFacts, hashFile } from './hash-file.js'
import { originOf } from './model-files.js'
import { download, type PullWays } from './pull-http.js'
import { Part } from './pull-part.js'
import { cannotWrite } from './pull-problem.js'
import { fetchFromRegistry, type RegistryTools, registryTools } from './pull-registry.js'
import { whyNotPulled } from './why-not-pulled.js'

/** What came of a pull: the file, and whether anything had to be fetched. */
export type Pulled = FileFacts & { readonly path: string; readonly fetched: boolean }

export type PullWishes = {
  /** Where `NAME.onnx` is to lie. */
  readonly folder: string
  /** Fetches it also where it is there and whole. */
  readonly force?: boolean
  readonly tools?: RegistryTools
}

type Sure = { readonly sha256: string; readonly origin: NonNullable<ModelManifest['origin']> }

/**
 * Fetches a model from where its manifest says, checks it, and only then gives it its name, with its manifest beside it. What
 * has come of it is kept where the network fails, and nothing where the bytes are not those that the manifest tells of.
 *
 * Any number of processes may pull one model into one folder: each writes a file of its own, and each gives it the name.
 *
 * @throws SaccadeError `missing` where it cannot be had, `model` where it is another file, `config` where the manifest tells too little
 */
export async function pullModel(manifest: ModelManifest, wishes: PullWishes, ways: PullWays): Promise<Pulled> {
  const { folder, force = false, tools = registryTools() } = wishes
  const { name, bytes = null } = manifest
  const sure = checked(manifest)
  const path = join(folder, `${name}.onnx`)
  const before = await stat(path).then(
    () => hashFile(path),
    () => null,
  )
  if (before !== null && !force) {
    if (before.sha256 === sure.sha256) return { ...before, path, fetched: false }
    ways.tell({ kind: 'note', text: `${path} is not the file that the manifest tells of: it is fetched anew` })
  }
  const part = await Part.open(folder, `${name}.onnx`, 'address' in sure.origin && !force)
  try {
    const { origin } = sure
    ways.tell({ kind: 'from', text: originOf(manifest) })
    if (part.joined) ways.tell({ kind: 'note', text: `goes on after ${String(part.bytes)} bytes of an earlier try` })
    const fetchIt = (): Promise<void> =>
      'address' in origin
        ? download(origin.address, part, bytes, ways)
        : fetchFromRegistry(origin, part, bytes, ways, tools)
    await fetchIt()
    let facts = await hashFile(part.path)
    if (facts.sha256 !== sure.sha256 && part.joined) {
      // Its beginning may be of another version, which a server without an ETag cannot tell.
      ways.tell({ kind: 'note', text: 'what was joined of two tries is not whole: once more from the start' })
      await part.restart(null)
      await fetchIt()
      facts = await hashFile(part.path)
    }
    if (facts.sha256 !== sure.sha256 || (bytes !== null && facts.bytes !== bytes)) throw another(manifest, facts)
    await writeManifest(join(folder, `${name}.json`), `${part.path}.manifest`, manifest)
    await part.finish()
    return { ...facts, path, fetched: true }
  } catch (error) {
    const isOfNetwork = 'address' in sure.origin && !(error instanceof SaccadeError && error.code === 'model')
    await (isOfNetwork ? part.keep() : part.discard())
    throw error
  }
}

function checked(manifest: ModelManifest): Sure {
  const { name, origin, converted, sha256 } = manifest
  const why = whyNotPulled(manifest)
  if (why === null && origin !== undefined && sha256 !== undefined) return { origin, sha256 }
  const remedy =
    converted === undefined
      ? 'mend its manifest (docs/seeing.md tells what stands in one)'
      : `do so by hand: ${originOf(manifest)}; then name the folder of ${name}.onnx in SACCADE_MODELS`
  throw new SaccadeError(`cannot pull ${name}: ${why ?? 'its manifest tells too little'}`, {
    code: converted === undefined ? 'config' : 'missing',
    remedy,
  })
}

function another({ name, sha256, bytes }: ModelManifest, found: FileFacts): SaccadeError {
  const must = `sha256 ${sha256 ?? '?'}${bytes === undefined ? '' : ` (${String(bytes)} bytes)`}`
  return new SaccadeError(
    `cannot take what came for ${name}: it must be ${must}, and is sha256 ${found.sha256} (${String(found.bytes)} bytes)`,
    {
      code: 'model',
      remedy:
        'nothing of it was kept; look whether something stands between (a sign-in page, a proxy), or the manifest is old',
    },
  )
}

async function writeManifest(path: string, own: string, manifest: ModelManifest): Promise<void> {
  try {
    await writeFile(own, `${JSON.stringify(manifest, null, 2)}\n`)
    await rename(own, path)
  } catch (cause) {
    await rm(own, { force: true })
    throw cannotWrite(path, cause)
  }
}
