/** A place in a pipeline file; line and column count from 1. */
export type Place = { readonly line: number; readonly column: number }

/** One thing that is wrong with a pipeline (C1): where, what was found, what is allowed, and a way to mend it. */
export type Problem = Place & {
  /** `operators.gaze.pipe[1].look-at.fov` */
  readonly path: string
  readonly text: string
  readonly remedy: string
}

/** `pipelines/x.yaml:12:7  operators.faces.from  …` and how to mend it, below. */
export function formatProblem(file: string, problem: Problem): string {
  const { line, column, path, text, remedy } = problem
  const where = `${file}:${String(line)}:${String(column)}`
  return `${where}  ${path === '' ? '' : `${path}: `}${text}\n    → ${remedy}`
}

/** The valid name nearest to a misspelt one, or null where none is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const name of names) {
    const distance = name.startsWith(word) && word.length > 2 ? 1 : editDistance(word.toLowerCase(), name.toLowerCase())
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}

/** "did you mean …?" where a name is near, else what is allowed. */
export function suggest(word: string, names: readonly string[], what: string): string {
  const near = nearest(word, names)
  if (near !== null) return `did you mean ${near}?`
  return names.length === 0 ? `there are no ${what} here` : `${what}: ${names.join(', ')}`
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
