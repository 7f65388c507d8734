import { element, setData, setText } from '../dom/element.js'
import type { View, World } from './view.js'

const signs = { calm: '', good: '', near: '!', stop: '×' } as const

/** Where it is not simply running: what happened and what to do. Alone on the page while nothing is known yet. */
export function noticeBar(world: World): View {
  const sign = element('span', { class: 'notice-sign', attributes: { 'aria-hidden': 'true' } })
  const title = element('strong')
  const text = element('span', { class: 'notice-text' })
  const command = element('code', { class: 'notice-command' })
  const button = element('button', { class: 'button', text: 'Try now', attributes: { type: 'button' } })
  const countdown = element('span', { class: 'mono notice-countdown', attributes: { 'aria-hidden': 'true' } })
  button.addEventListener('click', world.retry)
  const words = element('div', { class: 'notice-words', attributes: { role: 'status' }, children: [title, text] })
  const actions = element('div', { class: 'notice-actions', children: [countdown, button] })
  const bar = element('section', {
    class: 'notice',
    attributes: { 'aria-label': 'State of the run' },
    children: [sign, words, command, actions],
  })
  return {
    element: bar,
    update({ situation, nowMs, page }) {
      const { notice } = situation
      bar.hidden = notice === null
      setData(bar, 'alone', page.known.is === 'nothing' || page.known.is === 'foreign' ? '' : null)
      if (notice === null) {
        setText(title, '')
        setText(text, '')
        return
      }
      setData(bar, 'tone', situation.tone)
      setData(bar, 'busy', situation.is === 'connecting' || situation.is === 'opening' ? '' : null)
      setText(sign, signs[situation.tone])
      setText(title, notice.title)
      setText(text, notice.text)
      command.hidden = notice.command === null
      setText(command, notice.command ?? '')
      const waits = situation.is === 'lost'
      actions.hidden = !waits
      const left = Math.max(0, Math.ceil(((notice.retryAtMs ?? nowMs) - nowMs) / 1000))
      setText(countdown, notice.retryAtMs === null ? 'trying' : `trying in ${String(left)} s`)
    },
  }
}
