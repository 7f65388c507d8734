import { fileURLToPath } from 'node:url'
import { runScript } from './child.mjs'
import { row } from './figures.mjs'
import { modelFile } from './models.mjs'
import { rawFrames } from './raw-frames.mjs'

export const about =
  'frames in hand → boxes, beside bare session.run and a plain Python loop; paced at 30 fps and flat out'

const clip = fileURLToPath(new URL('../media/demo.mp4', import.meta.url))
const detectors = [
  {
    name: 'BlazeFace',
    model: 'blazeface-256',
    kind: 'faces',
    stage: 'detect-faces',
    small: [256, 144],
    overBare: 1.15,
    mostMs: 10,
  },
  {
    name: 'YOLOX-Nano',
    model: 'yolox-nano',
    kind: 'objects',
    stage: 'detect-objects',
    small: [416, 234],
    overBare: 1.08,
    mostMs: 20,
  },
]

/** Who measures the same by turns, each in a process of its own, so that drift of the machine meets all alike. */
async function byTurns(rounds, who) {
  const all = Object.fromEntries(Object.keys(who).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(who)) all[name].push(await measure())
  return all
}
const samplesOf = (runs) => runs.flatMap(({ samples }) => samples)
const column = (runs, name) => runs.map((one) => one[name])

export async function run({ quick, say }) {
  const [rounds, seconds] = quick ? [1, 1] : [2, 6]
  const made = rawFrames()
  const rows = []
  try {
    for (const detector of detectors) {
      const file = modelFile(detector.model, say)
      if (file === null || (quick && detector.model !== 'blazeface-256')) continue
      rows.push(...(await ofDetector(detector, file, made, { rounds, seconds, quick, say })))
    }
  } finally {
    made.remove()
  }
  return rows
}

async function ofDetector({ name, kind, stage, small, overBare, mostMs }, file, made, { rounds, seconds, quick, say }) {
  const rgb = made.make('rgb24', 640, 360)
  const yuv = made.make('yuv420p', ...small)
  const ours = (more) => () =>
    runScript('./ours/inference.mjs', [JSON.stringify({ stage, frames: yuv, seconds, ...more })])
  const bare = (fps) => () => runScript('./bare/inference.mjs', [file, fps, seconds])
  const python = (more) => () =>
    runScript('./peers/inference_cv2.py', [JSON.stringify({ model: file, kind, seconds, ...more })])
  const rows = []
  for (const [words, fps] of quick
    ? [['flat out', 0]]
    : [
        ['30 fps', 30],
        ['flat out', 0],
      ]) {
    say(`${name}, ${words}`)
    const seen = await byTurns(rounds, {
      bare: bare(fps),
      ours: ours({ fps }),
      large: ours({ fps, frames: rgb }),
      ...(quick ? {} : { python: python({ fps, frames: rgb }) }),
      ...(quick || fps !== 0 ? {} : { two: ours({ fps, workers: 2 }) }),
    })
    const hasPython = !quick && seen.python[0].missing === undefined
    if (!quick && !hasPython)
      say(
        `skipped: the Python loop, as ${seen.python[0].missing} is not there: pip install onnxruntime opencv-python-headless`,
      )
    const scaled = `${small.join('×')} yuv420p, as the decoder gives it`
    rows.push(
      row({
        what: `${name}, ${words}: frame → boxes, ${scaled}`,
        samples: samplesOf(seen.ours),
        baseline: 'bare session.run',
        baselineSamples: samplesOf(seen.bare),
        target: `<= ${overBare}x p50; p99 < ${mostMs} ms`,
        check: (a, b) => a.p50 <= overBare * b.p50 && a.p99 < mostMs,
        notes: 'bare runs a tensor that is ready, in its own thread',
      }),
      row({
        what: `${name}, ${words}: frame → boxes, 640×360 rgb24, scaled by the worker`,
        samples: samplesOf(seen.large),
        baseline: hasPython ? 'Python loop' : 'bare session.run',
        baselineSamples: samplesOf(hasPython ? seen.python : seen.bare),
        ...(hasPython ? { target: '<= 1.05x p50', check: (a, b) => a.p50 <= 1.05 * b.p50 } : {}),
        ...(hasPython ? { notes: `${seen.python[0].version}; the same frames, scaled by OpenCV` } : {}),
      }),
      row({
        what: `${name}, ${words}: event loop delay p99 over idle`,
        samples: seen.ours.map(({ loopP99Ms, idleP99Ms }) => loopP99Ms - idleP99Ms),
        target: '<= 4 ms',
        check: (a) => a.max <= 4,
      }),
    )
    if (fps !== 0) continue
    const perSecond = (runs) => ({ unit: '/s', samples: column(runs, 'perSecond') })
    rows.push(
      row({
        what: `${name}, flat out: one worker`,
        ...perSecond(seen.ours),
        baseline: hasPython ? 'Python loop' : 'bare session.run',
        baselineSamples: column(hasPython ? seen.python : seen.bare, 'perSecond'),
      }),
    )
    if (quick) continue
    rows.push(
      row({
        what: `${name}, flat out: two workers`,
        ...perSecond(seen.two),
        baseline: 'one worker',
        baselineSamples: column(seen.ours, 'perSecond'),
        target: '>= 1.7x',
        check: (a, b) => a.p50 >= 1.7 * b.p50,
        notes: hasPython ? `the Python loop: ${Math.round(seen.python[0].perSecond)} a second` : undefined,
      }),
    )
  }
  const still = await byTurns(rounds, {
    still: ours({ fps: 30, still: true, options: { memo: 5, memoFor: '1h' } }),
    bare: bare(30),
  })
  rows.push(
    row({
      what: `${name}, 30 fps: a still scene, remembered`,
      samples: samplesOf(still.still),
      baseline: 'bare session.run',
      baselineSamples: samplesOf(still.bare),
      notes: `${still.still.map(({ memo: [{ hits, misses }] }) => `${hits} of ${hits + misses}`).join(', ')} from the memory`,
    }),
  )
  if (quick || process.platform !== 'linux') return rows
  say(`${name}: CPU of a frame, with decoding`)
  const cpu = await byTurns(rounds, {
    ours: () => runScript('./ours/camera-cpu.mjs', [kind, seconds]),
    python: python({ fps: 30, clip }),
  })
  if (cpu.python[0].missing !== undefined) return rows
  rows.push(
    row({
      what: `${name}, 30 fps: CPU a frame, decoding too, all processes`,
      samples: column(cpu.ours, 'cpuMsPerFrame'),
      baseline: 'Python loop',
      baselineSamples: column(cpu.python, 'cpuMsPerFrame'),
      target: '<= 1.0x',
      check: (a, b) => a.p50 <= b.p50,
      notes: `1280×720 h264; ours ${cpu.ours[0].perSecond.toFixed(1)}, Python ${cpu.python[0].perSecond.toFixed(1)} frames a second`,
    }),
  )
  return rows
}
