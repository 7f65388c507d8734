import { element, setData, setText } from '../dom/element.js'
import { runOf } from '../logic/page-state.js'
import type { View } from './view.js'

const shownAtMost = 3
const words = { info: '', warning: 'warning: ', error: 'error: ' } as const

/** The last events in words, the newest first, by the visitor's clock. */
export function eventList(): View {
  const root = element('ol', { class: 'events', attributes: { 'aria-label': 'Last events' } })
  let drawn = ''
  return {
    element: root,
    update({ page, live }) {
      const events = runOf(page)?.events.slice(-shownAtMost).reverse() ?? []
      root.hidden = events.length === 0
      const state = events.map(({ atMs, text }) => `${String(atMs)} ${text}`).join('\n')
      if (state === drawn) return
      drawn = state
      // The visitor's clock: time of day now, less how long ago the run's clock says it was.
      const dayMs = (runMs: number): number => {
        const pageMs = live.clock.toPage(runMs)
        return pageMs === null ? Date.now() : Date.now() - performance.now() + pageMs
      }
      root.replaceChildren(
        ...events.map(({ atMs, level, text }) => {
          const told = element('span')
          setText(told, words[level] + text)
          setData(told, 'level', level)
          const at = new Date(dayMs(atMs))
          const time = element('time', {
            class: 'mono',
            text: at.toLocaleTimeString('en-GB'),
            attributes: { datetime: at.toISOString() },
          })
          return element('li', { children: [time, told] })
        }),
      )
    },
  }
}
