import { element } from '../dom/element.js'
import { offersOf } from '../logic/offers.js'
import type { View, World } from './view.js'

/** What each key does, and whether it does: those that work wherever the focus is can be switched off. */
export function keysPanel(world: World): View {
  const row = (names: readonly string[], what: string, box: Element | null = null): HTMLElement => {
    const caps = names.map((name) => element('kbd', { text: name }))
    const words = [element('span', { class: 'keys-names', children: caps }), element('span', { text: what })]
    return element(box === null ? 'p' : 'label', {
      class: 'keys-row',
      children: [...(box === null ? [] : [box]), ...words],
    })
  }
  const choice = (names: readonly string[], what: string) => {
    const box = element('input', { attributes: { type: 'checkbox' } })
    box.addEventListener('change', () => {
      world.setKeys({ stop: stop.box.checked, pause: pause.box.checked })
    })
    return { box, root: row(names, what, box) }
  }
  const stop = choice(['Esc'], 'stops the robot, whatever has the focus')
  const pause = choice(['P', 'Space'], 'pauses the run and lets it go on')
  const look = row(['←', '→', '↑', '↓'], 'on the picture: moves a cross, Shift finer; Enter looks there')
  const node = row(['Enter'], 'on a node of the pipeline: opens it')
  const note = element('p', { class: 'muted', text: 'What is switched off stays so in this browser.' })
  return {
    element: element('details', {
      class: 'panel folded keys',
      children: [
        element('summary', { children: [element('h2', { class: 'label', text: 'Keys' })] }),
        element('div', { class: 'keys-rows', children: [stop.root, pause.root, look, node, note] }),
      ],
    }),
    update({ page }) {
      stop.box.checked = page.keys.stop
      pause.box.checked = page.keys.pause
      const offers = offersOf(page)
      stop.root.hidden = offers.stop === 'nothing' || offers.stop === 'no-right'
      pause.root.hidden = offers.pause === 'nothing' || offers.pause === 'no-right'
      note.hidden = stop.root.hidden && pause.root.hidden
      look.hidden = offers.look.length === 0
    },
  }
}
