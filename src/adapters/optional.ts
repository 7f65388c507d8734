import { createRequire } from 'node:module'
import { SaccadeError } from '../core/errors.js'

/**
 * Loads an optional dependency on first use.
 *
 * @throws SaccadeError `missing`, with what to install
 */
export async function loadOptional<T>(name: string, load: () => Promise<T>, install = `npm i ${name}`): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new SaccadeError(`needs ${name}, which is not installed or does not run on this machine`, {
      code: 'missing',
      remedy: install,
      cause,
    })
  }
}

/** Whether an optional dependency is there; it is not loaded. */
export function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
