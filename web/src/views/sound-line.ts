import { element } from '../dom/element.js'
import { fitCanvas } from '../dom/fit-canvas.js'
import { frameMs } from '../dom/motion.js'
import { theme } from '../dom/theme.js'
import type { View } from './view.js'

/** What is heard, as one line, shaded where somebody speaks. */
export function soundLine(): View {
  const canvas = element('canvas', { class: 'sound', attributes: { role: 'img' } })
  const fitted = fitCanvas(canvas)
  let drawnAtMs = 0
  let drawn = ''
  return {
    element: canvas,
    update({ live, shape }) {
      const heard = live.speaking === null ? '' : live.speaking ? ', somebody speaks' : ', nobody speaks'
      canvas.setAttribute('aria-label', `Sound from ${shape.sound?.name ?? shape.voice ?? 'nowhere'}${heard}`)
    },
    frame({ live: { sound }, nowMs }) {
      if (nowMs - drawnAtMs < frameMs()) return
      const state = `${String(sound.newestMs)} ${String(sound.speech.length)} ${String(fitted.version)}`
      if (state === drawn) return
      drawn = state
      drawnAtMs = nowMs
      fitted.draw((c, width, height) => {
        const colours = theme()
        const untilMs = sound.newestMs ?? 0
        const x = (ms: number): number => width - ((untilMs - ms) / sound.spanMs) * width
        c.fillStyle = colours.shade
        for (const { fromMs, untilMs: endMs } of sound.speech) {
          c.fillRect(x(fromMs), 0, Math.max(2, x(Math.min(untilMs, endMs + 32)) - x(fromMs)), height)
        }
        const [middle, reach] = [height / 2, height / 2 - 3]
        const step = 2
        c.beginPath()
        c.moveTo(0, middle)
        for (let px = 0; px < width; px += step) {
          const fromMs = untilMs - ((width - px) / width) * sound.spanMs
          const [low, high] = sound.between(fromMs, fromMs + (step / width) * sound.spanMs)
          c.lineTo(px, middle - loud(high) * reach)
          c.lineTo(px + step / 2, middle - loud(low) * reach)
        }
        c.lineTo(width, middle)
        c.strokeStyle = colours.accent
        c.lineWidth = 1.25
        c.lineJoin = 'round'
        c.stroke()
      })
    },
  }
}

/** Quiet sound is to be seen too: a root between amplitude and decibels. */
function loud(amplitude: number): number {
  return Math.sign(amplitude) * Math.min(1, Math.abs(amplitude) ** 0.6)
}
