import { element, setText } from '../dom/element.js'
import { helloOf } from '../logic/page-state.js'
import { websocketLine } from '../logic/websocket-line.js'
import type { View } from './view.js'

/** Where the file sends nothing to its page: that it is so, and the line that changes it. */
export function nothingSent(): View {
  const line = element('code', { class: 'notice-command' })
  const root = element('p', {
    class: 'nothing-sent',
    children: ['This file sends no pictures, sound or results to this page. Under sinks, this does:', line],
  })
  root.hidden = true
  return {
    element: root,
    update({ page }) {
      const hello = helloOf(page)
      const text = hello?.channels.length === 0 ? websocketLine(hello.graph) : null
      root.hidden = text === null
      setText(line, text ?? '')
    },
  }
}
