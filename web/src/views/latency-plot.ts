import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { onThemeChange, theme } from '../dom/theme.js'
import type { Columns } from '../live/stage-history.js'
import { fixed } from '../logic/format.js'

export type LatencyPlot = { update(columns: Columns): void; dispose(): void }

const heightPx = 180

/** p50, p95 and p99 over the last minute, in ms; the width follows its place. */
export function latencyPlot(place: HTMLElement, spanS: number): LatencyPlot {
  let last: Columns = [[], [], [], []]
  let plot = make()
  const sized = new ResizeObserver(() => {
    plot.setSize({ width: place.clientWidth, height: heightPx })
  })
  sized.observe(place)
  const forget = onThemeChange(() => {
    plot.destroy()
    plot = make()
    plot.setData(data(last))
  })

  function make(): uPlot {
    const colours = theme()
    const axis = {
      stroke: colours.muted,
      font: '12px Inter, system-ui, sans-serif',
      grid: { stroke: colours.hairline, width: 1 },
      ticks: { show: false },
    }
    return new uPlot(
      {
        width: Math.max(1, place.clientWidth),
        height: heightPx,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [-spanS, 0] },
          y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
        },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((s) => (s === 0 ? 'now' : `${fixed(s, 0)} s`)), size: 28 },
          { ...axis, values: (_, ticks) => ticks.map((ms) => `${fixed(ms, ms > 0 && ms < 10 ? 1 : 0)} ms`), size: 60 },
        ],
        series: [
          {},
          { label: 'p50', stroke: colours.accent, width: 2, points: { show: false } },
          { label: 'p95', stroke: colours.muted, width: 1, points: { show: false } },
          { label: 'p99', stroke: colours.muted, width: 1, dash: [4, 4], points: { show: false } },
        ],
      },
      data(last),
      place,
    )
  }

  return {
    update(columns) {
      last = columns
      plot.setData(data(columns))
    },
    dispose() {
      forget()
      sized.disconnect()
      plot.destroy()
    },
  }
}

function data([at, p50, p95, p99]: Columns): uPlot.AlignedData {
  return [[...at], [...p50], [...p95], [...p99]]
}
