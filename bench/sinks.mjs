import { row } from './figures.mjs'
import { openTurns } from './turns.mjs'

export const about =
  'pictures to 1, 10 and 50 viewers, 640x480 at 15 fps: frame → wire, frame → viewer, CPU, beside libjpeg-turbo + ws by hand (bench/bare/sinks.mjs)'

/** Each has its viewers in a process of their own. */
export async function run({ quick, say }) {
  const [rounds, forMs, settleMs, crowds] = quick ? [1, 1500, 200, [1, 10]] : [12, 4000, 500, [1, 10, 50]]
  // V8 compiles what has run often enough, and a picture is not often: first as many as three minutes bring, at the most that
  // a viewer gets, to both sides at once.
  const warm = { settleMs: quick ? 1000 : 90_000, settleRate: 30, forMs: 0 }
  const rows = []
  for (const count of crowds) {
    say(`${count} viewers: warming up`)
    const turns = openTurns({ bare: ['./bare/sinks.mjs', count], ours: ['./ours/sinks.mjs', count] })
    try {
      await turns.take(warm, 1, [['bare', 'ours']])
      say(`${count} viewers`)
      rows.push(...ofCrowd(count, await turns.take({ forMs, settleMs }, rounds)))
    } finally {
      await turns.close()
    }
  }
  return rows
}

function ofCrowd(count, { ours, bare }) {
  const beside = (what, name, more = {}) =>
    row({
      what: `${what}, ${count} viewers`,
      samples: ours.flatMap((one) => one[name]),
      baseline: 'bare',
      baselineSamples: bare.flatMap((one) => one[name]),
      ...more,
    })
  const got = Math.min(...ours.map(({ share }) => share))
  return [
    beside('frame → wire (the last socket)', 'toWire'),
    beside('frame → viewer', 'ages'),
    beside('CPU a frame', 'cpuMsPerFrame', {
      target: 'ratio <= 1.15',
      check: (figure, base) => figure.p50 <= 1.15 * base.p50,
      notes: `viewers got at least ${(got * 100).toFixed(1)} % of all pictures`,
    }),
  ]
}
