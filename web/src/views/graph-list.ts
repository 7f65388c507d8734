import type { GraphJson } from '../../../src/core/wire.js'
import { element, setData, setText } from '../dom/element.js'
import { ms } from '../logic/format.js'
import { nodeWords } from '../logic/node-words.js'
import { entryOf } from '../logic/where-stalled.js'
import type { GraphView } from './graph-drawing.js'

/** The pipeline from top to bottom, where there is no room from left to right: each node with what comes to it. */
export function graphList(graph: GraphJson, select: (name: string) => void): GraphView {
  const items = graph.nodes.map(({ name, stages }) => {
    const latency = element('span', { class: 'mono node-latency' })
    const mark = element('span', { class: 'node-mark' })
    const button = element('button', {
      class: 'node',
      attributes: { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'node-details' },
      children: [
        element('span', { class: 'node-name', text: name }),
        latency,
        element('span', { class: 'node-stages', text: nodeWords(stages) }),
        mark,
      ],
    })
    button.addEventListener('click', () => {
      select(name)
    })
    const sources = graph.edges.flatMap((edge, index) => {
      if (entryOf(edge.to) !== name) return []
      const words = element('span', { class: 'mono' })
      const line = element('li', { children: [element('span', { class: 'list-from', text: edge.from }), words] })
      return [{ index, words, line }]
    })
    const feeds = element('ul', {
      class: 'list-feeds',
      attributes: { 'aria-label': `What comes to ${name}` },
      children: sources.map(({ line }) => line),
    })
    return {
      name,
      button,
      latency,
      mark,
      sources,
      root: element('li', { children: sources.length > 0 ? [feeds, button] : [button] }),
    }
  })
  return {
    element: element('ol', { class: 'graph-list', children: items.map(({ root }) => root) }),
    update({ nodes, wordsOf }, selected) {
      for (const item of items) {
        const fact = nodes.find(({ name }) => name === item.name)
        setText(item.latency, fact?.latencyMs == null ? '' : ms(fact.latencyMs))
        setText(item.mark, fact?.mark?.text ?? '')
        setData(item.button, 'tone', fact?.mark?.tone ?? null)
        item.button.setAttribute('aria-expanded', String(selected === item.name))
        for (const { index, words, line } of item.sources) {
          const told = wordsOf([index])
          setText(words, told.drop ?? told.text)
          setData(line, 'drop', told.drop === null ? null : '')
        }
      }
    },
  }
}
