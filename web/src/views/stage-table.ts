import type { StageState } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { count, fixed } from '../logic/format.js'

export type StageRow = { readonly key: string; readonly stage: StageState }

const columns = [
  '',
  'in',
  'out',
  'a second',
  'dropped',
  'merged',
  'held',
  'p50',
  'p95',
  'p99',
  'age p50',
  'age p99',
  'state',
]

/** Counters and times of stages as a table; cells are kept and only their text changes. */
export function stageTable(caption: string): {
  readonly element: HTMLElement
  update(rows: readonly StageRow[]): void
} {
  const body = element('tbody')
  const table = element('table', {
    class: 'stages',
    children: [
      element('caption', { text: caption }),
      element('thead', {
        children: [
          element('tr', { children: columns.map((text) => element('th', { text, attributes: { scope: 'col' } })) }),
        ],
      }),
      body,
    ],
  })
  const root = element('div', {
    class: 'table-scroll',
    attributes: { tabindex: '0', role: 'group', 'aria-label': caption },
    children: [table],
  })
  let drawn = ''
  return {
    element: root,
    update(rows) {
      const keys = rows.map(({ key }) => key).join('\n')
      if (keys !== drawn) {
        drawn = keys
        body.replaceChildren(
          ...rows.map(({ key }) =>
            element('tr', {
              children: [
                element('th', { text: key, attributes: { scope: 'row' } }),
                ...columns.slice(1).map(() => element('td', { class: 'mono' })),
              ],
            }),
          ),
        )
      }
      rows.forEach(({ stage }, i) => {
        const row = body.children[i]
        cells(stage).forEach((text, j) => {
          const cell = row?.children[j + 1]
          if (cell) setText(cell, text)
        })
      })
    },
  }
}

function cells(stage: StageState): string[] {
  const dropped = Object.entries(stage.dropped)
    .filter(([, n]) => n > 0)
    .map(([reason, n]) => `${count(n)} ${reason}`)
  const time = (value: number | undefined): string => (value === undefined ? '–' : fixed(value, value < 100 ? 1 : 0))
  const { latencyMs, ageMs } = stage
  return [
    count(stage.in),
    count(stage.out),
    fixed(stage.perSecond, 1),
    dropped.length > 0 ? dropped.join(', ') : '0',
    count(stage.merged),
    count(stage.held),
    time(latencyMs?.p50),
    time(latencyMs?.p95),
    time(latencyMs?.p99),
    time(ageMs?.p50),
    time(ageMs?.p99),
    stage.state,
  ]
}
