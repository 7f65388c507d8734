import type { PullTold } from '../../adapters/pull-http.js'
import type { Clock } from '../../core/clock.js'
import { megabytes } from './written.js'

/** Where progress is written: a terminal, or something that keeps each line. */
export type ProgressPlace = { readonly isTerminal: boolean; readonly write: (text: string) => void }

const barMs = 100
const lineMs = 5000
const cells = 24

/**
 * Tells how a file comes: on a terminal a bar that is written over, elsewhere a line every five seconds. `end` takes the bar
 * away.
 *
 * @param clock when to write again
 */
export function createProgress(name: string, clock: Clock, { isTerminal, write }: ProgressPlace) {
  const clear = isTerminal ? '\r\u001b[2K' : ''
  const begunAtMs = clock.nowMs()
  let from: { readonly atMs: number; readonly doneBytes: number } | null = null
  let writtenAtMs = -Infinity
  const bytes = (doneBytes: number, totalBytes: number | null): void => {
    const nowMs = clock.nowMs()
    from ??= { atMs: nowMs, doneBytes }
    const isLast = doneBytes === totalBytes
    if (!isLast && nowMs < writtenAtMs + (isTerminal ? barMs : lineMs)) return
    writtenAtMs = nowMs
    const perS = (1000 * (doneBytes - from.doneBytes)) / Math.max(1, nowMs - from.atMs)
    const of = totalBytes === null ? megabytes(doneBytes) : `${megabytes(doneBytes)} of ${megabytes(totalBytes)}`
    const speed = perS > 0 && nowMs > from.atMs ? `, ${megabytes(Math.round(perS))}/s` : ''
    const leftS = totalBytes === null || perS === 0 ? 0 : (totalBytes - doneBytes) / perS
    const left = leftS >= 1 ? `, ${leftS.toFixed(0)} s left` : ''
    const bar = isTerminal && totalBytes !== null ? `${barOf(doneBytes / totalBytes)} ` : ''
    write(`${clear}  ${name} ${bar}${of}${speed}${left}${isTerminal ? '' : '\n'}`)
  }
  return {
    tell: (told: PullTold): void => {
      if (told.kind === 'bytes') bytes(told.doneBytes, told.totalBytes)
      else write(`${clear}· ${told.kind === 'from' ? `${name} from ${told.text}` : told.text}\n`)
    },
    /** @returns how long it took, in ms */
    end: (): number => {
      write(clear)
      return clock.nowMs() - begunAtMs
    },
  }
}

function barOf(share: number): string {
  const full = Math.round(cells * Math.min(1, Math.max(0, share)))
  return '█'.repeat(full) + '░'.repeat(cells - full)
}
