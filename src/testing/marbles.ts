import { SaccadeError } from '../core/errors.js'

/**
 * A drawing of packets in time: `-` is 10 ms, a letter a packet, `(ab)` at one instant, `|` the end, `#` an error,
 * ` 250ms ` between blanks so much time; for subscriptions `^` from here and `!` to here. Other blanks count nothing.
 */
export type Marbles = string

export type Happening = {
  readonly atMs: number
  readonly what: 'packet' | 'complete' | 'error' | 'subscribed' | 'unsubscribed'
  readonly value?: unknown
}

/** How long a dash and a letter last. */
export const stepMs = 10

const marks: Readonly<Record<string, Happening['what']>> = {
  '|': 'complete',
  '#': 'error',
  '^': 'subscribed',
  '!': 'unsubscribed',
}

/**
 * Reads a drawing; a letter stands for its value, else for itself.
 *
 * @throws SaccadeError `usage` where a bracket is not closed
 */
export function readMarbles(marbles: Marbles, values: Readonly<Record<string, unknown>> = {}): readonly Happening[] {
  const happenings: Happening[] = []
  let atMs = 0
  let together = false
  for (const word of marbles.split(/\s+/)) {
    const time = /^(\d+)(ms|s)$/.exec(word)
    if (time !== null) {
      atMs += Number(time[1]) * (time[2] === 's' ? 1000 : 1)
      continue
    }
    for (const mark of word) {
      if (mark === '(' || mark === ')') together = mark === '('
      else if (mark !== '-') {
        const what = marks[mark] ?? 'packet'
        happenings.push(
          what === 'packet' ? { atMs, what, value: Object.hasOwn(values, mark) ? values[mark] : mark } : { atMs, what },
        )
      }
      if (!together) atMs += stepMs
    }
  }
  if (together)
    throw new SaccadeError(`cannot read the drawing ${marbles} as a bracket is not closed`, {
      code: 'usage',
      remedy: 'write (ab) for a and b at one instant',
    })
  return happenings
}

/** Draws marks at their times, each at a multiple of 10 ms; what is long apart is told as a time. */
export function drawMarbles(marked: readonly { readonly atMs: number; readonly mark: string }[]): Marbles {
  const byTime = new Map<number, string>()
  for (const { atMs, mark } of marked) byTime.set(atMs, (byTime.get(atMs) ?? '') + mark)
  let drawing = ''
  let nowMs = 0
  for (const [atMs, together] of [...byTime].sort(([a], [b]) => a - b)) {
    const steps = Math.round((atMs - nowMs) / stepMs)
    drawing += steps > 8 ? ` ${String(steps * stepMs)}ms ` : '-'.repeat(steps)
    drawing += together.length > 1 ? `(${together})` : together
    nowMs = atMs + stepMs
  }
  return drawing.trim()
}
