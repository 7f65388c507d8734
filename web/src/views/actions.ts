import { element, setData, setText } from '../dom/element.js'
import { offersOf, type Offers } from '../logic/offers.js'
import type { View, World } from './view.js'

/** What one does to a run: pause, and the stop, which is the only filled button and always in sight. */
export function actions(world: World): View {
  const pauseWord = element('span')
  const pause = element('button', {
    class: 'button action',
    attributes: { type: 'button', 'aria-keyshortcuts': 'P', 'data-key': 'P' },
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
      setData(stop, 'key', offered === 'reset' ? null : 'Esc')
      stop.setAttribute('aria-label', offered === 'reset' ? 'Reset the stop of the robot' : 'Stop the robot')
      if (offered === 'reset') stop.removeAttribute('aria-keyshortcuts')
      else stop.setAttribute('aria-keyshortcuts', 'Escape')
      pause.disabled = stop.disabled = !offers.reachable
    },
  }
}
