import { element, setText } from '../dom/element.js'
import { fitCanvas } from '../dom/fit-canvas.js'
import { frameMs } from '../dom/motion.js'
import { theme } from '../dom/theme.js'
import { listenWords } from '../logic/listen-words.js'
import type { Listening } from '../sound/listening.js'
import type { View } from './view.js'

/** What is heard, as one line, shaded where somebody speaks; and to be listened to, on a click. */
export function soundLine(listening: Listening): View {
  const canvas = element('canvas', { class: 'sound', attributes: { role: 'img' } })
  const fitted = fitCanvas(canvas)
  const button = element('button', { class: 'button', attributes: { type: 'button', 'aria-pressed': 'false' } })
  const words = element('span', { class: 'listen-words' })
  const listen = element('div', { class: 'listen', children: [button, words] })
  const tell = (): void => {
    const { player, delayMs } = listening
    const { listening: on, playing, interruptions } = player
    setText(button, on && playing ? 'Mute' : 'Listen')
    button.setAttribute('aria-pressed', String(on && playing))
    setText(words, listenWords({ listening: on, playing, delayMs, interruptions }))
  }
  button.addEventListener('click', () => {
    if (listening.player.playing) listening.player.mute()
    else listening.player.listen()
    tell()
  })
  let drawnAtMs = 0
  let drawn = ''
  return {
    element: element('div', { class: 'sound-line', children: [canvas, listen] }),
    update({ live, shape }) {
      const heard = live.speaking === null ? '' : live.speaking ? ', somebody speaks' : ', nobody speaks'
      // A voice alone can be drawn, not heard.
      listen.hidden = shape.sound === null
      tell()
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
