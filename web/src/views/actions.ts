import { element, setData, setText } from '../dom/element.js'
import { offersOf, type Offers } from '../logic/offers.js'
import type { View, World } from './view.js'

/** What one does to a run: pause, and the stop, which is the only filled button and always in sight. */
export function actions(world: World): View {
  const pauseWord = element('span')
  const pause = element('button', {
    class: 'button action',
    attributes: { type: 'button' },
    children: [pauseWord],
  })
  const stopWord = element('span')
  const stop = element('button', {
    class: 'button action stop',
    attributes: { type: 'button' },
    children: [stopWord],
  })
  const views = element('span', {
    class: 'pill',
    text: 'view only',
    attributes: {
      title: 'This page may watch this run, and not control or stop it: open it with an address that holds that right',
    },
  })
  let offered: Offers['stop'] = 'nothing'
  let paused: Offers['pause'] = 'nothing'
  pause.addEventListener('click', () => {
    void world.ask({ do: paused === 'resume' ? 'resume' : 'pause' })
  })
  stop.addEventListener('click', () => {
    void world.ask({ do: offered === 'reset' ? 'reset' : 'stop' })
  })
  return {
    element: element('div', {
      class: 'actions',
      attributes: { role: 'group', 'aria-label': 'Control' },
      children: [views, pause, stop],
    }),
    update({ page }) {
      const offers = offersOf(page)
      offered = offers.stop
      paused = offers.pause
      views.hidden = offered !== 'no-right' && paused !== 'no-right'
      pause.hidden = paused === 'nothing' || paused === 'no-right'
      setText(pauseWord, paused === 'resume' ? 'Resume' : 'Pause')
      stop.hidden = offered === 'nothing' || offered === 'no-right'
      setText(stopWord, offered === 'reset' ? 'Reset' : 'Stop')
      setData(stop, 'stopped', offered === 'reset' ? '' : null)
      stop.setAttribute('aria-label', offered === 'reset' ? 'Reset the stop of the robot' : 'Stop the robot')
      showKey(stop, page.keys.stop && offered !== 'reset' ? { short: 'Esc', name: 'Escape' } : null)
      showKey(pause, page.keys.pause ? { short: 'P', name: 'P' } : null)
      pause.disabled = stop.disabled = !offers.reachable
    },
  }
}

/** The key that does the same: for the eye, and for screen readers. */
function showKey(button: HTMLElement, key: { readonly short: string; readonly name: string } | null): void {
  setData(button, 'key', key?.short ?? null)
  if (key === null) button.removeAttribute('aria-keyshortcuts')
  else button.setAttribute('aria-keyshortcuts', key.name)
}
