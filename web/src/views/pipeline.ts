import type { GraphJson } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { edgeWords } from '../logic/edge-words.js'
import { nodeFacts } from '../logic/graph-facts.js'
import { helloOf, runOf } from '../logic/page-state.js'
import { slowest } from '../logic/slowest.js'
import { graphDrawing, packetsADot, type GraphView } from './graph-drawing.js'
import { graphList } from './graph-list.js'
import { nodeDetails } from './node-details.js'
import { stageTable } from './stage-table.js'
import type { Scene, View, World } from './view.js'

/** Below this width the pipeline stands from top to bottom. */
const listBelowPx = 900

type Mode = 'drawing' | 'list' | 'table'

/** The pipeline in the file's own names: drawn, as a list where it is narrow, or as a table. */
export function pipeline(world: World): View {
  const legend = element('span', { class: 'legend' })
  const asTable = element('button', {
    class: 'button',
    text: 'As a table',
    attributes: { type: 'button', 'aria-pressed': 'false' },
  })
  const place = element('div', { class: 'graph-place' })
  const details = nodeDetails(() => {
    close()
  }, world)
  const table = stageTable('All stages: counts since the start, times in ms over the last seconds')
  const root = element('section', {
    class: 'panel pipeline',
    attributes: { 'aria-label': 'Pipeline' },
    children: [
      element('div', {
        class: 'row',
        children: [element('h2', { class: 'label', text: 'Pipeline' }), legend, asTable],
      }),
      place,
      details.element,
    ],
  })

  let graph: GraphJson | null = null
  let wantsTable = false
  let selected: string | null = null
  let marked: string | null = null
  let mode: Mode | null = null
  let width = 0
  let view: GraphView | null = null
  let seen = true
  let last: Scene | null = null

  asTable.addEventListener('click', () => {
    wantsTable = !wantsTable
    asTable.setAttribute('aria-pressed', String(wantsTable))
    build()
  })
  root.addEventListener('keydown', (event) => {
    // Where there is something to stop, Escape is for that alone.
    if (event.key === 'Escape' && selected !== null && !event.defaultPrevented) close()
  })
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry?.contentRect.width ?? 0)
    // Not for a scrollbar that comes and goes: the graph moves only when the window does.
    if (now === 0 || Math.abs(now - width) < 2) return
    width = now
    build()
  }).observe(place)
  new IntersectionObserver(([entry]) => {
    seen = entry?.isIntersecting ?? true
  }).observe(place)

  function close(): void {
    const opened = root.querySelector<HTMLElement>('.node[aria-expanded="true"]')
    select(selected)
    opened?.focus()
  }

  function select(name: string | null): void {
    selected = name === selected ? null : name
    const hello = last === null ? null : helloOf(last.page)
    if (hello !== null) details.show(selected, hello)
    if (last !== null) update(last)
  }

  function build(): void {
    if (graph === null || width === 0) return
    mode = wantsTable ? 'table' : width < listBelowPx ? 'list' : 'drawing'
    view = mode === 'drawing' ? graphDrawing(graph, width, select) : mode === 'list' ? graphList(graph, select) : null
    place.replaceChildren(view?.element ?? table.element)
    root.dataset['mode'] = mode
    setText(legend, mode === 'drawing' ? `one dot is ${String(packetsADot)} packets` : '')
    if (last !== null) update(last)
  }

  function update(scene: Scene): void {
    last = scene
    const { page, live, situation } = scene
    const hello = helloOf(page)
    const run = runOf(page)
    if (hello === null) return
    if (JSON.stringify(hello.graph) !== JSON.stringify(graph)) {
      graph = hello.graph
      selected = null
      details.show(null, hello)
      build()
      return
    }
    if (run !== null) marked = slowest(hello.graph, run.stages, marked)
    const rates = live.rates()
    const facts = {
      nodes: nodeFacts(hello.graph, run, page.past, marked),
      wordsOf: (members: readonly number[]) => edgeWords(hello.graph, members, run?.stages ?? {}, page.past, rates),
    }
    view?.update(facts, selected, situation.frozen)
    if (mode === 'table') table.update(Object.entries(run?.stages ?? {}).map(([key, stage]) => ({ key, stage })))
    details.update(scene)
  }

  return {
    element: root,
    update,
    frame({ nowMs }) {
      if (seen) view?.frame?.(nowMs)
    },
  }
}
