import { spawnSync } from 'node:child_process'

/** The Python that peers run in; PYTHON names another. */
export const python = process.env['PYTHON'] ?? 'python3'

/** Whether Python has these modules; where not, it is said how to get them. */
export function pythonHas(modules: readonly string[], how: string): boolean {
  const has = spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0
  if (!has)
    console.warn(`skipped: Python’s ${modules.join(' and ')} are not there; ${how} (PYTHON names another Python)`)
  return has
}
