import type { GraphJson } from '../../../src/core/wire.js'
import { element, setData, setText, svgElement } from '../dom/element.js'
import { isStill } from '../dom/motion.js'
import type { EdgeWords } from '../logic/edge-words.js'
import { ms } from '../logic/format.js'
import type { NodeFacts } from '../logic/graph-facts.js'
import { graphLayout } from '../logic/graph-layout.js'
import { nodeWords } from '../logic/node-words.js'

export type GraphFacts = {
  readonly nodes: readonly NodeFacts[]
  readonly wordsOf: (members: readonly number[]) => EdgeWords
}

export type GraphView = {
  readonly element: HTMLElement
  update(facts: GraphFacts, selected: string | null, frozen: boolean): void
  frame?(nowMs: number): void
}

/** Between two dots of an edge, in px; a dot stands for so many packets, as no screen shows fifty a second one by one. */
const dotGap = 24
export const packetsADot = 10

/** The pipeline from left to right: nodes are buttons laid over the lines, so that they are reached by key and read aloud. */
export function graphDrawing(graph: GraphJson, widthPx: number, select: (name: string) => void): GraphView {
  const layout = graphLayout(graph, widthPx)
  const svg = svgElement('svg', {
    class: 'graph-lines',
    attributes: { width: String(layout.width), height: String(layout.height), 'aria-hidden': 'true' },
  })
  const edges = layout.edges.map((edge) => {
    const track = svgElement('path', { class: 'track', attributes: { d: edge.path } })
    const dots = svgElement('path', {
      class: 'dots',
      attributes: { d: edge.path, 'stroke-dasharray': `0.01 ${String(dotGap - 0.01)}` },
    })
    const [x, y] = [String(edge.label.x), String(edge.label.y)]
    const label = svgElement('text', { class: 'edge-label', attributes: { x, y, 'text-anchor': edge.label.anchor } })
    const root = svgElement('g', { class: `edge ${edge.kind}`, children: [track, dots] })
    svg.append(root)
    return { edge, root, dots, label, perSecond: 0, phase: 0 }
  })
  for (const { label } of edges) svg.append(label)

  const nodes = layout.nodes.map((place) => {
    const told = graph.nodes.find(({ name }) => name === place.name)
    const latency = element('span', { class: 'mono node-latency' })
    const mark = element('span', { class: 'node-mark' })
    const words = nodeWords(told?.stages ?? [])
    const button = element('button', {
      class: 'node',
      attributes: {
        type: 'button',
        'aria-expanded': 'false',
        'aria-controls': 'node-details',
        title: told?.stages.join(' · ') ?? '',
      },
      children: [
        element('span', { class: 'node-name', text: place.name }),
        latency,
        element('span', { class: 'node-stages', text: words }),
        mark,
      ],
    })
    const { style } = button
    style.left = `${String(place.x)}px`
    style.top = `${String(place.y)}px`
    style.width = `${String(place.width)}px`
    style.height = `${String(place.height)}px`
    button.addEventListener('click', () => {
      select(place.name)
    })
    return { name: place.name, button, latency, mark }
  })
  const stage = element('div', { class: 'graph-stage', children: [svg, ...nodes.map(({ button }) => button)] })
  stage.style.width = `${String(layout.width)}px`
  stage.style.height = `${String(layout.height)}px`
  const root = element('div', { class: 'graph', children: [stage] })
  if (layout.width > widthPx + 1) root.tabIndex = 0

  let movedAtMs: number | null = null
  let stopped = false
  return {
    element: root,
    update({ nodes: facts, wordsOf }, selected, frozen) {
      stopped = frozen
      for (const node of nodes) {
        const fact = facts.find(({ name }) => name === node.name)
        setText(node.latency, fact?.latencyMs == null ? '' : ms(fact.latencyMs))
        setText(node.mark, fact?.mark?.text ?? '')
        setData(node.button, 'tone', fact?.mark?.tone ?? null)
        node.button.setAttribute('aria-expanded', String(selected === node.name))
      }
      for (const drawn of edges) {
        const words = wordsOf(drawn.edge.members)
        drawn.perSecond = words.perSecond
        setText(drawn.label, words.drop ?? (drawn.edge.kind === 'sampled' ? `sampled · ${words.text}` : words.text))
        setData(drawn.root, 'drop', words.drop === null ? null : '')
        setData(drawn.label, 'drop', words.drop === null ? null : '')
        setData(drawn.root, 'silent', words.perSecond === 0 || frozen ? '' : null)
      }
    },
    frame(nowMs) {
      const elapsedMs = movedAtMs === null ? 0 : nowMs - movedAtMs
      if (movedAtMs !== null && elapsedMs < 45) return
      movedAtMs = nowMs
      if (isStill() || stopped) return
      for (const drawn of edges) {
        if (drawn.perSecond === 0) continue
        drawn.phase =
          (drawn.phase + ((drawn.perSecond / packetsADot) * dotGap * Math.min(elapsedMs, 200)) / 1000) % dotGap
        drawn.dots.setAttribute('stroke-dashoffset', (-drawn.phase).toFixed(1))
      }
    },
  }
}
