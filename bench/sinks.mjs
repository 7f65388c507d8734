import { runScript } from './child.mjs'
import { row } from './figures.mjs'

export const about =
  'pictures to 1, 10 and 50 viewers, 640x480 at 15 fps: frame → wire, frame → viewer, CPU, beside libjpeg-turbo + ws by hand (bench/bare/sinks.mjs)'

/** Ours and bare by turns, each in a process of its own, its viewers in another. */
export async function run({ quick, say }) {
  // Within some 18 s V8 tidies up what starting left, once and in full: on neither side is that the cost of a picture.
  const [rounds, seconds, warmSeconds, crowds] = quick ? [1, 2, 1, [1, 10]] : [4, 8, 20, [1, 10, 50]]
  const rows = []
  for (const count of crowds) {
    const [ours, bare] = [[], []]
    for (let round = 0; round < rounds; round++) {
      say(`${count} viewers, round ${round + 1} of ${rounds}`)
      bare.push(await runScript('./bare/sinks.mjs', [count, seconds, warmSeconds]))
      ours.push(await runScript('./ours/sinks.mjs', [count, seconds, warmSeconds]))
    }
    const all = (runs, name) => runs.flatMap((one) => one[name])
    const beside = (what, name, more = {}) =>
      row({
        what: `${what}, ${count} viewers`,
        samples: all(ours, name),
        baseline: 'bare',
        baselineSamples: all(bare, name),
        ...more,
      })
    const got = ours.map(({ share }) => `${(share * 100).toFixed(1)} %`).join(', ')
    rows.push(
      beside('frame → wire (the last socket)', 'toWire'),
      beside('frame → viewer', 'ages'),
      beside('CPU a frame', 'cpuMsPerFrame', {
        target: 'ratio <= 1.15',
        check: (figure, base) => figure.p50 <= 1.15 * base.p50,
        notes: `viewers got ${got} of all pictures, one share a round; ${warmSeconds} s of warming up on both sides`,
      }),
    )
  }
  return rows
}
