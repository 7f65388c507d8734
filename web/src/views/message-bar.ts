import { element, setText } from '../dom/element.js'
import type { View, World } from './view.js'

/** What could not be done, why, and what to do instead; it stays until it is read or the next wish is granted. */
export function messageBar(world: World): View {
  const title = element('strong')
  const text = element('span', { class: 'notice-text' })
  const words = element('div', { class: 'notice-words', attributes: { role: 'alert' }, children: [title, text] })
  const close = element('button', {
    class: 'button',
    text: 'Close',
    attributes: { type: 'button', 'aria-label': 'Close this message' },
  })
  close.addEventListener('click', world.dismiss)
  const bar = element('section', {
    class: 'notice',
    attributes: { 'aria-label': 'Message', 'data-tone': 'near' },
    children: [
      element('span', { class: 'notice-sign', text: '!', attributes: { 'aria-hidden': 'true' } }),
      words,
      element('div', { class: 'notice-actions', children: [close] }),
    ],
  })
  bar.hidden = true
  return {
    element: bar,
    update({ page: { message } }) {
      bar.hidden = message === null
      setText(title, message?.title ?? '')
      setText(text, message?.text ?? '')
    },
  }
}
