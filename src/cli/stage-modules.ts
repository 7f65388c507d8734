import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SaccadeError } from '../core/errors.js'
import type { Start } from './early.js'

/**
 * The stages of the modules that `--stages` names (C3): every export that was made by `defineOperator`, `defineStream` or
 * `defineSink`. Paths start where one stands.
 *
 * @throws SaccadeError `usage` where a module cannot be loaded or holds no stage; `missing` where it imports what is not installed
 */
export async function loadStages(
  paths: readonly string[],
  importModule: Start['importModule'],
): Promise<readonly unknown[]> {
  const stages = new Set<unknown>()
  for (const path of paths) {
    const found = Object.values(await load(path, importModule)).filter(isStage)
    if (found.length === 0) {
      throw new SaccadeError(`${path} exports no stage`, {
        code: 'usage',
        where: path,
        remedy: 'export what defineOperator, defineStream or defineSink gives, by name',
      })
    }
    for (const stage of found) stages.add(stage)
  }
  return [...stages]
}

async function load(path: string, importModule: Start['importModule']): Promise<Readonly<Record<string, unknown>>> {
  const file = resolve(path)
  const facts = await stat(file).catch(() => null)
  if (facts?.isFile() !== true) {
    const why = facts === null ? 'there is no such file' : 'it is no file'
    throw new SaccadeError(`cannot load the stages of ${path}: ${why}`, {
      code: 'usage',
      where: path,
      remedy:
        facts === null ? `check the path: relative ones start at ${process.cwd()}` : 'name the file of the module',
    })
  }
  try {
    return await importModule(pathToFileURL(file).href)
  } catch (cause) {
    throw refused(path, cause)
  }
}

function refused(path: string, cause: unknown): SaccadeError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const message = `cannot load the stages of ${path}: ${why}`
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    const remedy = 'compile it to JavaScript first (npx tsc), or use Node 22.18 or newer, which reads TypeScript'
    return new SaccadeError(message, { code: 'usage', where: path, remedy, cause })
  }
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return new SaccadeError(message, {
      code: 'missing',
      where: path,
      remedy: 'install what it imports: npm i …',
      cause,
    })
  }
  const remedy = 'mend the module: node shows the same error when it runs it'
  return new SaccadeError(message, { code: 'usage', where: path, remedy, cause })
}

/** What `defineOperator` and its siblings give: callable, with its definition. */
function isStage(item: unknown): boolean {
  if (typeof item !== 'function' || !('definition' in item)) return false
  const { definition } = item
  return typeof definition === 'object' && definition !== null && 'name' in definition && 'kind' in definition
}
