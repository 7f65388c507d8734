const names = {
  panel: '--panel',
  hairline: '--hairline',
  ink: '--ink',
  muted: '--muted',
  accent: '--accent',
  good: '--good',
  near: '--near',
  nearInk: '--near-ink',
  stop: '--stop',
  shade: '--shade',
} as const

/** The tokens of style.css, for what is drawn on a canvas. */
export type Theme = Readonly<Record<keyof typeof names, string>>

let now: Theme | null = null
const changed = new Set<() => void>()

/** Reads the tokens once, and again when the visitor's system turns light or dark. */
export function theme(): Theme {
  now ??= read()
  return now
}

/** @returns how to be told no more */
export function onThemeChange(run: () => void): () => void {
  changed.add(run)
  return () => {
    changed.delete(run)
  }
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  now = null
  for (const run of changed) run()
})

function read(): Theme {
  const style = getComputedStyle(document.documentElement)
  const tokens: Record<string, string> = {}
  for (const [name, property] of Object.entries(names)) tokens[name] = style.getPropertyValue(property).trim()
  return tokens as Theme
}
