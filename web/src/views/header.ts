import { element, setData, setText, svgElement } from '../dom/element.js'
import { clock } from '../logic/format.js'
import { runOf } from '../logic/page-state.js'
import type { View } from './view.js'

/** Whose page this is, and in one word how it goes. The right side is kept for what one does to a run. */
export function header(actions: View): View {
  const logo = svgElement('svg', {
    class: 'logo',
    attributes: { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    children: [
      svgElement('path', {
        attributes: { d: 'M2 14.5c1.6 0 2.2-7 4.6-7s3.2 10 5.8 10 3.4-12 6-12c1.6 0 2.2 3 3.6 3' },
      }),
    ],
  })
  const name = element('h1', { class: 'run-name' })
  const word = element('span')
  const time = element('span', { class: 'mono' })
  const pill = element('span', { class: 'pill', children: [element('i', { class: 'dot' }), word, time] })
  const watchers = element('span', { class: 'mono' })
  const watching = element('span', { class: 'pill watching', children: [watchers, 'watching'] })
  return {
    element: element('header', {
      class: 'header',
      children: [
        element('span', { class: 'brand', children: [logo, 'Saccade'] }),
        name,
        pill,
        watching,
        actions.element,
      ],
    }),
    update(scene) {
      const { page, situation } = scene
      actions.update?.(scene)
      const run = runOf(page)
      setText(name, run?.name ?? '')
      setText(word, situation.word)
      setData(pill, 'tone', situation.tone)
      setText(time, run !== null && run.runningForMs > 0 ? clock(run.runningForMs) : '')
      setText(watchers, run === null ? '' : String(run.clients))
      watching.hidden = run === null || situation.frozen
      const title = [run?.name, situation.word, 'Saccade'].filter((part) => part !== undefined).join(' · ')
      if (document.title !== title) document.title = title
    },
  }
}
