import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the package carries: the same from `src/adapters` and from `dist/adapters`. */
const carried = fileURLToPath(new URL('../../models/', import.meta.url))

/** Where models lie that were pulled: one folder for a user of this machine. */
export function modelCache(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'saccade', 'models')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'saccade', 'models')
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'saccade', 'models')
}

/** The folders in which a model is looked for by its name, in this order: the package's, that of SACCADE_MODELS, the cache. */
export function modelFolders(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): readonly string[] {
  const own = env['SACCADE_MODELS']
  return [carried, ...(own === undefined || own === '' ? [] : [resolve(own)]), modelCache(env, platform)]
}
