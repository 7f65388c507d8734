import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runScript } from './child.mjs'
import { row } from './figures.mjs'
import { linesAsSvg } from './plot.mjs'

export const about =
  'a live source at 30 fps, 50 ms of work a frame: delay, drops, reaction and age, beside a plain mergeMap chain'

const periodMs = 1000 / 30
const workMs = 50

export async function run({ quick, plot, say }) {
  const seconds = quick ? 4 : 60
  say(`${seconds} s, ours and plain RxJS at the same time (the work is a timer, not CPU)`)
  const { ours, plain, counts, reaction, age } = await runScript('./ours/overload.mjs', [seconds])
  const cv2 = await runScript('./peers/overload_cv2.py', [Math.min(seconds, 20)]).catch(() => null)
  if (cv2 === null || cv2.missing !== undefined)
    say('OpenCV is not installed: its row is left out (pip install opencv-python-headless)')
  const delays = (series) => series.map(([, delayMs]) => delayMs)
  const late = (series) => delays(series.slice(-Math.ceil(series.length / 5)))
  const limitMs = periodMs + workMs + 5
  if (plot) {
    const file = fileURLToPath(new URL('../docs/pictures/overload.svg', import.meta.url))
    const lines = [
      { name: 'Saccade: queue latest', series: ours },
      { name: 'plain RxJS: mergeMap', series: plain },
      ...(cv2?.series === undefined ? [] : [{ name: "OpenCV's read() loop", series: cv2.series }]),
    ]
    writeFileSync(file, linesAsSvg(lines, { seconds }))
    say(`drawn in ${file}`)
  }
  return [
    row({
      what: 'delay, capture → result',
      samples: delays(ours),
      baseline: 'plain mergeMap',
      baselineSamples: delays(plain),
      target: `p99 <= ${limitMs.toFixed(1)} ms`,
      check: (figure) => figure.p99 <= limitMs,
      notes: `${counts.in} frames in = ${counts.out} results + ${counts.dropped} dropped (overflow) + ${counts.held} held: ${counts.in === counts.out + counts.dropped + counts.held ? 'every one counted' : 'NOT ALL COUNTED'}`,
    }),
    row({
      what: 'delay, last fifth of the run',
      samples: late(ours),
      baseline: 'plain mergeMap',
      baselineSamples: late(plain),
      target: 'does not grow',
      check: (figure) => figure.p99 <= limitMs,
    }),
    row({ what: 'reaction at 50 Hz', samples: reaction }),
    row({
      what: 'age behind each command',
      samples: age,
      target: 'p99 <= period + 2·work + tick',
      check: (figure) => figure.p99 <= periodMs + 2 * workMs + 20 + 5,
    }),
    ...(cv2?.series === undefined
      ? []
      : [
          row({
            what: "OpenCV's read() loop, delay",
            samples: delays(cv2.series),
            notes: `${cv2.version}; after ${Math.min(seconds, 20)} s`,
          }),
        ]),
  ]
}
