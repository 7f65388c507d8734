import { element, setData, setText } from '../dom/element.js'
import { totalDrops } from '../logic/drops.js'
import { count, fixed } from '../logic/format.js'
import { runOf } from '../logic/page-state.js'
import type { View } from './view.js'

/** One line of plain facts under picture and sound. */
export function factsLine(): View {
  const fact = (before: string): { root: HTMLElement; value: HTMLElement; after: HTMLElement } => {
    const value = element('b', { class: 'mono' })
    const after = element('span')
    return { root: element('span', { class: 'fact', children: [`${before} `, value, after] }), value, after }
  }
  const camera = fact('camera')
  const processed = fact('processed')
  const dropped = fact('dropped')
  const lost = fact('lost on the way here')
  const microphone = fact('microphone')
  const speaking = element('span', { class: 'fact speaking' })
  const facts = [camera, processed, dropped, microphone, lost]
  return {
    element: element('p', { class: 'facts', children: [...facts.map(({ root }) => root), speaking] }),
    update({ page, shape, live }) {
      const run = runOf(page)
      const rates = live.rates()
      const show = (it: typeof camera, value: string | null, after = ''): void => {
        it.root.hidden = value === null
        setText(it.value, value ?? '')
        setText(it.after, after)
      }
      const rate = (name: string | undefined): string | null => {
        if (name === undefined) return null
        const perSecond = rates.get(name)
        return perSecond === undefined ? '–' : fixed(perSecond, 1)
      }
      show(camera, rate(shape.pictures[0]?.name), ' fps')
      const detections = shape.detections[0]
      const worked = detections === undefined ? undefined : run?.stages[detections]?.perSecond
      show(processed, worked === undefined ? null : fixed(worked, 1))
      const drops = run === null ? 0 : totalDrops(run.stages)
      show(dropped, run === null ? null : count(drops))
      show(microphone, rate(shape.sound?.name), live.soundFormat === null ? '/s' : `/s · ${live.soundFormat}`)
      const lostHere = Object.values(page.lostHere).reduce((sum, n) => sum + n, 0)
      show(lost, lostHere === 0 ? null : count(lostHere))
      speaking.hidden = shape.voice === null || live.speaking === null
      setText(speaking, live.speaking === true ? 'speaking' : 'quiet')
      setData(speaking, 'on', live.speaking === true ? '' : null)
    },
  }
}
