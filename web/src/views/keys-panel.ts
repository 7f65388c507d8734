import { element } from '../dom/element.js'
import { offersOf } from '../logic/offers.js'
import type { PageKeys } from '../logic/page-keys.js'
import type { View, World } from './view.js'

/** What each key does, and whether it does: those that work wherever the focus is can be switched off. */
export function keysPanel(world: World): View {
  let keys: PageKeys | null = null
  const row = (names: readonly string[], what: string, end: Element | null = null): HTMLElement => {
    const caps = names.map((name) => element('kbd', { text: name }))
    const words = [element('span', { class: 'keys-names', children: caps }), element('span', { text: what })]
    return element(end === null ? 'div' : 'label', {
      class: 'keys-row',
      children: [...(end === null ? [] : [end]), ...words],
    })
  }
  const choice = (of: keyof PageKeys, names: readonly string[], what: string) => {
    const box = element('input', { attributes: { type: 'checkbox' } })
    box.addEventListener('change', () => {
      if (keys !== null) world.setKeys({ ...keys, [of]: box.checked })
    })
    return { box, root: row(names, what, box) }
  }
  const stop = choice('stop', ['Esc'], 'stops the robot, whatever has the focus')
  const pause = choice('pause', ['P', 'Space'], 'pauses the run and lets it go on')
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
      keys = page.keys
      stop.box.checked = keys.stop
      pause.box.checked = keys.pause
      const offers = offersOf(page)
      stop.root.hidden = offers.stop === 'nothing' || offers.stop === 'no-right'
      pause.root.hidden = offers.pause === 'nothing' || offers.pause === 'no-right'
      note.hidden = stop.root.hidden && pause.root.hidden
      look.hidden = offers.look.length === 0
    },
  }
}
