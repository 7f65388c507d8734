import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runScript } from './child.mjs'
import { row } from './figures.mjs'
import { linesAsSvg } from './plot.mjs'

export const about =
  'one viewer behind a relay of 10 Mbit/s, then 1, then 10: time to settle, reversals, and the age of pictures where they arrive'

const bandwidths = [10, 1, 10]

export async function run({ quick, plot, say }) {
  const seconds = quick ? 5 : 30
  say(`${bandwidths.join(', ')} Mbit/s, ${seconds} s each`)
  const { came, steps } = await runScript('./ours/adaptive.mjs', [seconds, ...bandwidths])
  const part = (nth, fromMs = 0) =>
    came.filter(([atMs]) => atMs >= nth * seconds * 1000 + fromMs && atMs < (nth + 1) * seconds * 1000)
  const ages = (pictures) => pictures.map(([, ageMs]) => ageMs)
  const moves = (nth) => {
    const its = steps.filter(([atMs]) => atMs >= nth * seconds * 1000 && atMs < (nth + 1) * seconds * 1000)
    const before = steps.filter(([atMs]) => atMs < nth * seconds * 1000).at(-1)?.[1] ?? 0
    const ways = its.map(([, step], i) => Math.sign(step - (i === 0 ? before : its[i - 1][1])))
    return {
      settledMs: its.length === 0 ? 0 : its.at(-1)[0] - nth * seconds * 1000,
      reversals: ways.filter((way, i) => i > 0 && way !== ways[i - 1]).length,
    }
  }
  if (plot) {
    const file = fileURLToPath(new URL('../docs/pictures/adaptive.svg', import.meta.url))
    const title = `Age of pictures at a viewer: a link of ${bandwidths.join(', then ')} Mbit/s, ${seconds} s each`
    const lines = [{ name: 'at the viewer', series: came.map(([atMs, ageMs]) => [atMs, ageMs]) }]
    writeFileSync(file, linesAsSvg(lines, { seconds: seconds * bandwidths.length, title }))
    say(`drawn in ${file}`)
  }
  const words = steps.map(([atMs, step]) => `${(atMs / 1000).toFixed(1)} s: ${step}`).join(', ')
  return [
    ...bandwidths.map((mbits, nth) =>
      row({
        what: `age at the viewer, ${mbits} Mbit/s (part ${nth + 1}, after 2 s)`,
        samples: ages(part(nth, 2000)),
        notes: `${(part(nth).length / seconds).toFixed(1)} pictures a second; quality at the end ${part(nth).at(-1)?.[2] ?? '–'}`,
      }),
    ),
    row({
      what: 'oldest picture after the link got slower',
      samples: [Math.max(...ages(part(1)))],
      target: '< 2 s',
      check: (figure) => figure.max < 2000,
    }),
    row({
      what: 'time to settle',
      samples: bandwidths.map((_, nth) => moves(nth).settledMs),
      notes: `steps: ${words}`,
    }),
    row({
      what: 'reversals within a part',
      unit: '',
      samples: bandwidths.map((_, nth) => moves(nth).reversals),
      target: '<= 1 in each',
      check: (figure) => figure.max <= 1,
    }),
  ]
}
