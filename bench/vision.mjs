import { runScript } from './child.mjs'
import { row } from './figures.mjs'

export const about =
  'paced at 30 fps, 1280x720: frame → boxes → command, beside the same job by hand (bench/bare/vision.mjs)'

/** Ours and bare by turns, each in a process of its own, so that drift of the machine meets both. */
export async function run({ quick, say }) {
  const [rounds, seconds] = quick ? [1, 2] : [4, 8]
  const ours = []
  const bare = []
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    bare.push(await runScript('./bare/vision.mjs', [seconds]))
    ours.push(await runScript('./ours/vision.mjs', [seconds]))
  }
  const all = (runs, name) => runs.flatMap((one) => one.samples[name])
  const beside = (what, name, target, check) =>
    row({ what, samples: all(ours, name), baseline: 'bare', baselineSamples: all(bare, name), target, check })
  const worst = (name) => Math.max(...ours.map((one) => one[name]))
  const loop = row({
    what: 'event loop delay p99 over idle',
    samples: ours.map((one) => one.loopP99Ms - one.idleP99Ms),
    target: '< 10 ms',
    check: (figure) => figure.max < 10,
    notes: `p99 ${worst('loopP99Ms').toFixed(2)} ms in the run, ${worst('idleP99Ms').toFixed(2)} ms idle (resolution 1 ms), one sample a round`,
  })
  const cpu = row({
    what: 'CPU a frame (engine, worker; not FFmpeg)',
    samples: ours.map((one) => one.cpuMsPerFrame),
    baseline: 'bare',
    baselineSamples: bare.map((one) => one.cpuMsPerFrame),
    notes: 'ours also drives the simulated robot at 50 Hz',
  })
  return [
    beside(
      'frame → boxes',
      'frameToBoxes',
      '+2 ms p50, +5 ms p99',
      (a, b) => a.p50 - b.p50 <= 2 && a.p99 - b.p99 <= 5 && a.p99 < 50,
    ),
    beside(
      'capture → boxes',
      'captureToBoxes',
      '+2 ms p50, +5 ms p99',
      (a, b) => a.p50 - b.p50 <= 2 && a.p99 - b.p99 <= 5,
    ),
    row({
      what: 'capture → command (without the tick)',
      samples: all(ours, 'captureToCommand'),
      target: 'p99 < 50 ms',
      check: (a) => a.p99 < 50,
    }),
    row({ what: 'wait for the tick (50 Hz)', samples: all(ours, 'tick') }),
    row({ what: 'reaction (capture → first command)', samples: all(ours, 'reaction') }),
    row({ what: 'age of the data behind each command', samples: all(ours, 'age') }),
    loop,
    cpu,
  ]
}
