import { runScript } from './child.mjs'
import { row } from './figures.mjs'

export const about =
  'messages and bytes of results and state to one viewer of the demo, beside each update sent at once, whole and as it is'

const atMostHalf = { target: 'ratio <= 0.5', check: (figure, base) => figure.p50 <= 0.5 * base.p50 }

/** Of one run: what came, and what the same would have been. Messages and bytes a second. */
export async function run({ quick, say }) {
  const [rounds, seconds] = quick ? [1, 3] : [3, 10]
  const runs = []
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    runs.push(await runScript('./ours/telemetry.mjs', [seconds]))
  }
  const of = (side, name) => runs.map((one) => one[side][name])
  const beside = (what, unit, name, target) =>
    row({
      what,
      unit,
      samples: of('sent', name),
      baseline: 'each at once',
      baselineSamples: of('atOnce', name),
      ...target,
    })
  return [
    beside('messages', '1/s', 'messagesPerSecond', atMostHalf),
    beside('bytes of text', 'B/s', 'bytesPerSecond', {}),
    row({
      what: 'bytes on the wire, deflated',
      unit: 'B/s',
      samples: of('sent', 'wireBytesPerSecond'),
      baseline: 'each at once, as text',
      baselineSamples: of('atOnce', 'bytesPerSecond'),
      ...atMostHalf,
    }),
  ]
}
