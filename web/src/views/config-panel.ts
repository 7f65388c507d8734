import type { ConfigJson } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { helloOf } from '../logic/page-state.js'
import type { View } from './view.js'

/** The file that runs, as it was written, and what `saccade check` says of it; fetched when it is opened. */
export function configPanel(): View {
  const name = element('span', { class: 'muted' })
  const text = element('pre', { attributes: { tabindex: '0', 'aria-label': 'The file' } })
  const checked = element('pre', { attributes: { tabindex: '0', 'aria-label': 'What check says of it' } })
  const body = element('div', { class: 'config-columns', children: [text, checked] })
  const root = element('details', {
    class: 'panel folded config',
    children: [
      element('summary', { children: [element('h2', { class: 'label', text: 'Configuration' }), name] }),
      body,
    ],
  })
  let run: string | null = null
  let loaded: string | null = null

  const load = async (): Promise<void> => {
    if (!root.open || loaded === run) return
    loaded = run
    try {
      const answer = await fetch('config.json')
      if (!answer.ok) throw new Error(`it answered ${String(answer.status)}`)
      const config = (await answer.json()) as ConfigJson
      setText(text, config.text.trimEnd())
      setText(checked, config.checked.trimEnd())
      setText(name, config.file)
    } catch (error) {
      loaded = null
      setText(text, `The run did not give its file: ${error instanceof Error ? error.message : String(error)}`)
      setText(checked, 'Close and open this once the run answers again.')
    }
  }
  root.addEventListener('toggle', () => void load())
  return {
    element: root,
    update({ page }) {
      run = helloOf(page)?.run ?? run
      void load()
    },
  }
}
