import { SaccadeError } from '../core/errors.js'

/** 0 done · 1 the run failed · 2 refused (usage, configuration) · 3 something it needs is missing. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (!(error instanceof SaccadeError)) return 1
  if (error.code === 'missing') return 3
  return error.code === 'usage' || error.code === 'config' || error.code === 'port-taken' ? 2 : 1
}
