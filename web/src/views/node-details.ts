import type { GraphJson, RunState } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { stagesOf } from '../logic/graph-facts.js'
import { stageTable } from './stage-table.js'

export type NodeDetails = {
  readonly element: HTMLElement
  show(name: string | null, graph: GraphJson): void
  update(run: RunState | null): void
}

const kinds = { stream: 'a stream', operator: 'an operator', sink: 'a sink' } as const

/** What an opened node tells: the stages of its pipe, with all counters and times. */
export function nodeDetails(close: () => void): NodeDetails {
  const title = element('h3')
  const about = element('p', { class: 'details-about' })
  const error = element('p', { class: 'details-error' })
  const table = stageTable('Stages: counts since the start, times in ms over the last seconds')
  const button = element('button', { class: 'button', text: 'Close', attributes: { type: 'button' } })
  button.addEventListener('click', close)
  const root = element('section', {
    class: 'details',
    attributes: { id: 'node-details', 'aria-label': 'Details of a node' },
    children: [element('div', { class: 'row', children: [title, about, button] }), error, table.element],
  })
  root.hidden = true
  let shown: string | null = null
  return {
    element: root,
    show(name, graph) {
      shown = name
      root.hidden = name === null
      const node = graph.nodes.find((one) => one.name === name)
      setText(title, node?.name ?? '')
      setText(about, node === undefined ? '' : `${kinds[node.kind]}: ${node.stages.join(' · ')}`)
    },
    update(run) {
      if (shown === null) return
      const rows = stagesOf(shown, run)
      table.update(rows)
      const failed = rows.findLast(({ stage }) => stage.error !== undefined)
      error.hidden = failed === undefined
      setText(error, failed === undefined ? '' : `${failed.key}: ${failed.stage.error ?? ''}`)
    },
  }
}
