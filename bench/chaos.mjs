import { runScript } from './child.mjs'
import { row } from './figures.mjs'

export const about =
  '90 good viewers and a head at 50 Hz: tick lateness and frame rate with ten frozen and four hostile clients, beside the same without'

export async function run({ quick, say }) {
  const [rounds, seconds] = quick ? [1, 3] : [4, 10]
  const [bad, good] = [[], []]
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    good.push(await runScript('./ours/chaos.mjs', [seconds, 'good']))
    bad.push(await runScript('./ours/chaos.mjs', [seconds, 'bad']))
  }
  const late = (runs) => runs.flatMap(({ lateness }) => lateness)
  const periods = (runs) => runs.map(({ perSecond }) => 1000 / perSecond)
  return [
    row({
      what: 'tick to tick beyond 20 ms',
      samples: late(bad),
      baseline: 'without bad clients',
      baselineSamples: late(good),
      target: 'p99 <= 1.1 x + 1 ms',
      check: (figure, base) => figure.p99 <= 1.1 * base.p99 + 1,
    }),
    row({
      what: 'time between pictures at a good viewer',
      samples: periods(bad),
      baseline: 'without bad clients',
      baselineSamples: periods(good),
      target: 'ratio <= 1.1',
      check: (figure, base) => figure.p50 <= 1.1 * base.p50,
    }),
  ]
}
