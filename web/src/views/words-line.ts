import { element, setText } from '../dom/element.js'
import type { View } from './view.js'

/** What was said, where a stage gives words: the newest last. Read aloud, as it is what one would hear. */
export function wordsLine(): View {
  const root = element('p', { class: 'words', attributes: { 'aria-label': 'What was said', role: 'log' } })
  root.hidden = true
  return {
    element: root,
    update({ live }) {
      root.hidden = live.words.length === 0
      setText(root, live.words.map(({ text }) => text).join(' '))
    },
  }
}
