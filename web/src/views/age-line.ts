import type { FittedCanvas } from '../dom/fit-canvas.js'
import { theme } from '../dom/theme.js'
import { axisTop } from '../logic/axis.js'
import type { Limit, Verdict } from '../logic/verdict.js'
import type { Scene } from './view.js'

/**
 * The history of the age: a sawtooth, with its limit.
 *
 * @returns the top of its axis, to be handed in again
 */
export function ageLine(
  history: FittedCanvas,
  { live, situation, nowMs }: Scene,
  limit: Limit | null,
  judged: Verdict,
  topBefore: number,
): number {
  const { age } = live
  const atMs = situation.frozen ? (age.newestAtMs ?? nowMs) : nowMs
  let most = limit?.limitMs ?? 0
  age.each(atMs, (_, ageMs) => {
    most = Math.max(most, ageMs)
  })
  // One long wait must not press the teeth flat: past three times the limit the line runs along the top, and the figure tells.
  const top = axisTop(topBefore, Math.min(most * 1.12, (limit?.limitMs ?? Infinity) * 3))
  history.draw((c, fullWidth, height) => {
    // The line's name stands at its end, beside the teeth and not on them.
    c.font = '12px Inter, system-ui, sans-serif'
    const width = limit === null ? fullWidth : fullWidth - c.measureText(limitLabel(limit)).width - 8
    const colours = theme()
    const y = (ms: number): number => height - 1 - (Math.min(ms, top) / top) * (height - 4)
    const x = (ms: number): number => width - ((atMs - ms) / age.spanMs) * width
    c.lineWidth = 1
    c.strokeStyle = colours.hairline
    line(c, 0, height - 0.5, fullWidth, height - 0.5)
    const path = new Path2D()
    let first = true
    age.each(atMs, (ms, ageMs) => {
      if (first) path.moveTo(x(ms), y(ageMs))
      else path.lineTo(x(ms), y(ageMs))
      first = false
    })
    c.lineWidth = 1.75
    c.lineJoin = 'round'
    c.strokeStyle = situation.frozen
      ? colours.muted
      : {
          none: colours.muted,
          idle: colours.muted,
          free: colours.accent,
          good: colours.good,
          near: colours.near,
          over: colours.stop,
        }[judged]
    c.stroke(path)
    if (limit === null) return
    // A limit of the age bounds the whole tooth; one of the reaction only where each tooth starts.
    const limitY = Math.round(y(limit.limitMs)) + 0.5
    if (limit.figure === 'age' && !situation.frozen) {
      c.save()
      c.beginPath()
      c.rect(0, 0, width, limitY)
      c.clip()
      c.strokeStyle = colours.stop
      c.stroke(path)
      c.restore()
    }
    c.lineWidth = 1
    c.strokeStyle = colours.near
    c.setLineDash([4, 4])
    line(c, 0, limitY, width, limitY)
    c.setLineDash([])
    c.fillStyle = colours.nearInk
    c.textAlign = 'right'
    c.fillText(limitLabel(limit), fullWidth, Math.min(limitY + 4, height - 4))
    c.textAlign = 'left'
  })
  return top
}

function limitLabel({ limitMs }: Limit): string {
  return `limit ${String(Math.round(limitMs))}`
}

function line(c: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  c.beginPath()
  c.moveTo(x0, y0)
  c.lineTo(x1, y1)
  c.stroke()
}
