import type { Controls, GraphJson, Hello, StopKind } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { stagesOf } from '../logic/graph-facts.js'
import { helloOf, runOf } from '../logic/page-state.js'
import type { LatencyPlot } from './latency-plot.js'
import { stageTable } from './stage-table.js'
import { stepFacts } from './step-facts.js'
import type { Scene, World } from './view.js'

export type NodeDetails = {
  readonly element: HTMLElement
  show(name: string | null, hello: Hello): void
  update(scene: Scene): void
}

const kinds = { stream: 'a stream', operator: 'an operator', sink: 'a sink' } as const
const stopKindWords: Readonly<Record<StopKind, string>> = {
  hold: 'Stop and hold',
  park: 'Stop and go to rest',
  'torque-off': 'Stop and let the motors go',
}

/** What an opened node tells: its times over the last minute, its stages with what they are set to, all counters. */
export function nodeDetails(close: () => void, world: World): NodeDetails {
  const title = element('h3', { attributes: { tabindex: '-1' } })
  const about = element('p', { class: 'details-about' })
  const error = element('p', { class: 'details-error' })
  const which = element('select', { attributes: { 'aria-label': 'Times of which stage' } })
  const plotPlace = element('div', { class: 'plot', attributes: { role: 'img' } })
  const none = element('p', { class: 'plot-none muted', text: 'Nothing has been timed here in the last minute.' })
  const steps = element('ul', { class: 'steps' })
  const stops = element('div', { class: 'row stops' })
  const table = stageTable('Stages: counts since the start, times in ms over the last seconds')
  const button = element('button', { class: 'button', text: 'Close', attributes: { type: 'button' } })
  button.addEventListener('click', close)
  const key = (name: string, text: string): HTMLElement => element('span', { class: `plot-key ${name}`, text })
  const times = element('figure', {
    class: 'times',
    children: [
      element('figcaption', {
        class: 'row',
        children: [
          element('span', { class: 'muted', text: 'times of' }),
          which,
          key('p50', 'p50'),
          key('p95', 'p95'),
          key('p99', 'p99'),
        ],
      }),
      plotPlace,
      none,
    ],
  })
  const root = element('section', {
    class: 'details',
    attributes: { id: 'node-details', 'aria-label': 'Details of a node' },
    children: [
      element('div', { class: 'row', children: [title, about, button] }),
      error,
      stops,
      element('div', { class: 'details-columns', children: [times, steps] }),
      table.element,
    ],
  })
  root.hidden = true
  let shown: string | null = null
  let plot: LatencyPlot | null = null
  let opening = false
  let optionsShown: Controls['options'] | null = null
  let keysShown = ''
  which.addEventListener('change', () => {
    plot?.update([[], [], [], []])
  })

  const openPlot = async (scene: Scene): Promise<void> => {
    if (plot !== null || opening) return
    opening = true
    const { latencyPlot } = await import('./latency-plot.js')
    opening = false
    if (shown !== null) plot = latencyPlot(plotPlace, scene.live.stages.spanMs / 1000)
  }
  const showSteps = (node: GraphJson['nodes'][number] | undefined, hello: Hello): void => {
    optionsShown = hello.controls.options
    const options = hello.rights.control ? hello.controls.options : []
    steps.replaceChildren(...(node?.steps ?? []).map((step) => stepFacts(step, options, world)))
  }
  const showStops = (hello: Hello): void => {
    const kindsOfStop = hello.controls.stop.find(({ name }) => name === shown)?.kinds ?? []
    stops.hidden = !hello.rights.stop || kindsOfStop.length === 0
    stops.replaceChildren(
      ...kindsOfStop.map((kind) => {
        const one = element('button', { class: 'button', text: stopKindWords[kind], attributes: { type: 'button' } })
        one.addEventListener('click', () => {
          if (shown !== null) void world.ask({ do: 'stop', name: shown, kind })
        })
        return one
      }),
    )
  }

  return {
    element: root,
    show(name, hello) {
      shown = name
      root.hidden = name === null
      keysShown = ''
      if (name === null) {
        plot?.dispose()
        plot = null
        return
      }
      const node = hello.graph.nodes.find((one) => one.name === name)
      setText(title, name)
      setText(about, node === undefined ? '' : `${kinds[node.kind]}: ${node.stages.join(' · ')}`)
      showSteps(node, hello)
      showStops(hello)
    },
    update(scene) {
      if (shown === null) return
      const hello = helloOf(scene.page)
      if (hello !== null && hello.controls.options !== optionsShown)
        showSteps(
          hello.graph.nodes.find(({ name }) => name === shown),
          hello,
        )
      const rows = stagesOf(shown, runOf(scene.page))
      table.update(rows)
      const keys = rows.map((row) => row.key)
      if (keys.join() !== keysShown) {
        const before = which.value
        keysShown = keys.join()
        which.replaceChildren(...keys.map((one) => element('option', { text: one, attributes: { value: one } })))
        if (keys.includes(before)) which.value = before
      }
      const columns = scene.live.stages.of(which.value, scene.nowMs)
      const timed = columns[1].some((value) => value !== null)
      plotPlace.hidden = !timed
      none.hidden = timed
      const p50 = columns[1].findLast((value) => value !== null)
      const p99 = columns[3].findLast((value) => value !== null)
      plotPlace.setAttribute(
        'aria-label',
        `Times of ${which.value} over the last minute; now p50 ${String(p50 ?? '–')} ms, p99 ${String(p99 ?? '–')} ms`,
      )
      if (timed) {
        void openPlot(scene)
        plot?.update(columns)
      }
      const failed = rows.findLast(({ stage }) => stage.error !== undefined)
      error.hidden = failed === undefined
      setText(error, failed === undefined ? '' : `${failed.key}: ${failed.stage.error ?? ''}`)
    },
  }
}
