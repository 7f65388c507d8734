import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { rewriteFile } from '../dist/adapters/onnx-rewrites.js'
import { row } from './figures.mjs'
import { modelFile } from './models.mjs'
import { demoFiles } from './demo-files.mjs'
import { openTurns } from './turns.mjs'

export const about =
  'frames in hand → boxes, beside bare session.run and a plain Python loop; paced at 30 fps and flat out'

const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json').version
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

/** Whether the Python loop can run, and a word where it cannot, or has another ONNX Runtime. */
function findPython(say) {
  const needs = ['-c', 'import cv2, onnxruntime; print(onnxruntime.__version__)']
  const { status, stdout, stderr, error } = spawnSync(process.env.PYTHON ?? 'python3', needs, { encoding: 'utf8' })
  const install = `pip install onnxruntime==${runtime} opencv-python-headless`
  if (status !== 0) {
    const why = error?.message ?? (stderr.trim().split('\n').at(-1) || `it ended with ${status}`)
    say(`skipped: the Python loop (${why}): ${install}`)
    return false
  }
  const version = stdout.trim()
  if (version !== runtime)
    say(`the Python loop has ONNX Runtime ${version}, and we ${runtime}: rows beside it compare these too; ${install}`)
  return true
}

const samplesOf = (answers) => answers.flatMap(({ samples }) => samples)
const mean = (answers, name) => answers.reduce((sum, one) => sum + one[name], 0) / answers.length
const column = (answers, name) => answers.map((one) => one[name])

export async function run({ quick, say }) {
  const made = demoFiles()
  const hasPython = !quick && findPython(say)
  const rows = []
  try {
    for (const detector of detectors) {
      const file = modelFile(detector.model, say)
      if (file === null || (quick && detector.model !== 'blazeface-256')) continue
      rows.push(...(await ofDetector(detector, file, made, { quick, hasPython, say })))
    }
  } finally {
    made.remove()
  }
  return rows
}

async function ofDetector(detector, file, made, { quick, hasPython, say }) {
  const { name, kind, stage, small } = detector
  const rgb = made.make('rgb24', 640, 360)
  const yuv = made.make('yuv420p', ...small)
  const ours = (more) => ['./ours/inference.mjs', JSON.stringify({ stage, frames: yuv, ...more })]
  const bare = ['./bare/inference.mjs', file]
  const rewritten = await rewriteFile(file)
  // What a session of ours is made of: the limit of all that is ours around it.
  const loaded = rewritten && { loaded: ['./bare/inference.mjs', made.write(`${detector.model}.onnx`, rewritten.file)] }
  const python = (more) => ['./peers/inference_cv2.py', JSON.stringify({ model: file, kind, ...more })]
  const single = { bare, ours: ours(), large: ours({ frames: rgb }), ...loaded }
  const more = { two: ours({ workers: 2 }), twin: bare, otherTwin: bare }
  const peer = hasPython ? { python: python({ frames: rgb }) } : {}
  const still = ours({ still: true, options: { memo: 5, memoFor: '1h' } })
  const turns = openTurns({ ...single, still, ...(quick ? {} : more), ...peer })
  // Short turns, as the machine changes its pace by seconds; a part of each before it counts: what lies in the caches of the
  // processor is another's.
  const [rounds, forMs, settleMs] = quick ? [1, 500, 100] : [24, 500, 200]
  const [flat, paced] = [0, 30].map((fps) => ({ fps, forMs, settleMs }))
  const rows = []
  try {
    say(`${name}: warming up`)
    // As many runs as there would be in half a minute: V8 has compiled what it will.
    await turns.take({ ...flat, forMs: quick ? 1000 : 8000 })
    const singles = [...Object.keys(single), ...Object.keys(peer)]
    if (!quick) {
      say(`${name}: 30 fps`)
      rows.push(...ofPace(detector, '30 fps', await turns.take(paced, rounds, singles)))
    }
    say(`${name}: flat out`)
    const seen = await turns.take(flat, rounds, quick ? singles : [...singles, 'two', ['twin', 'otherTwin']])
    rows.push(...ofPace(detector, 'flat out', seen), ...throughput(detector, seen))
    say(`${name}: a still scene`)
    rows.push(stillScene(detector, await turns.take(paced, Math.min(4, rounds), ['still', 'bare'])))
    if (!hasPython || process.platform !== 'linux') return rows
    say(`${name}: CPU of a frame, with decoding`)
    const clip = made.long(30)
    rows.push(await cpuOf(detector, clip, python({ clip })))
  } finally {
    await turns.close()
  }
  return rows
}

function ofPace({ name, small, overBare, mostMs }, pace, { bare, loaded, ours, large, python }) {
  const scaled = `${small.join('×')} yuv420p, as the decoder gives it`
  return [
    row({
      what: `${name}, ${pace}: frame → boxes, ${scaled}`,
      samples: samplesOf(ours),
      baseline: 'bare session.run',
      baselineSamples: samplesOf(bare),
      target: `<= ${overBare}x p50; p99 < ${mostMs} ms`,
      check: (a, b) => a.p50 <= overBare * b.p50 && a.p99 < mostMs,
      notes: 'bare runs the file as it is, on a tensor that is ready, in its own thread',
    }),
    ...(loaded === undefined ? [] : [besideLoaded(name, pace, ours, loaded)]),
    row({
      what: `${name}, ${pace}: frame → boxes, 640×360 rgb24, scaled by the worker`,
      samples: samplesOf(large),
      baseline: python === undefined ? 'bare session.run' : 'Python loop',
      baselineSamples: samplesOf(python ?? bare),
      ...(python === undefined
        ? {}
        : {
            target: '<= 1.05x p50',
            check: (a, b) => a.p50 <= 1.05 * b.p50,
            notes: `${python[0].version}; the same frames, scaled by OpenCV`,
          }),
    }),
    row({
      what: `${name}, ${pace}: event loop delay p99 over idle`,
      samples: [ours.at(-1).loopP99Ms],
      target: '<= 4 ms',
      check: (a) => a.p50 <= 4,
      notes: 'of all turns together',
    }),
  ]
}

function besideLoaded(name, pace, ours, loaded) {
  return row({
    what: `${name}, ${pace}: the same, beside the model with fewer steps, as it is loaded`,
    samples: samplesOf(ours),
    baseline: 'bare session.run',
    baselineSamples: samplesOf(loaded),
    notes: 'the limit: what is above 1 is hop, letterbox, decoding and engine',
  })
}

function throughput({ name }, { bare, ours, python, two, twin, otherTwin }) {
  // Of all turns together: by turns the machine is quick or slow, and a median says which of the two it was more often.
  const perSecond = (answers) => ({ unit: '/s', samples: [mean(answers, 'perSecond')] })
  const one = row({
    what: `${name}, flat out: one worker`,
    ...perSecond(ours),
    baseline: python === undefined ? 'bare session.run' : 'Python loop',
    baselineSamples: [mean(python ?? bare, 'perSecond')],
  })
  if (two === undefined) return [one]
  const pythons = python === undefined ? '' : `; the Python loop: ${Math.round(mean(python, 'perSecond'))} a second`
  const twins = (mean(twin, 'perSecond') + mean(otherTwin, 'perSecond')) / mean(bare, 'perSecond')
  return [
    one,
    row({
      what: `${name}, flat out: two workers`,
      ...perSecond(two),
      baseline: 'one worker',
      baselineSamples: [mean(ours, 'perSecond')],
      target: '>= 1.7x',
      check: (a, b) => a.p50 >= 1.7 * b.p50,
      notes: `two bare loops at once, in processes of their own: ${twins.toFixed(2)}x one${pythons}`,
    }),
  ]
}

function stillScene({ name }, { still, bare }) {
  const [{ hits, misses }] = still.at(-1).memo
  return row({
    what: `${name}, 30 fps: a still scene, remembered`,
    samples: samplesOf(still),
    baseline: 'bare session.run',
    baselineSamples: samplesOf(bare),
    notes: `${hits} of ${hits + misses} from the memory`,
  })
}

/** Of all processes. */
async function cpuOf({ name, kind }, clip, loop) {
  const turns = openTurns({ ours: ['./ours/camera-cpu.mjs', kind, clip], python: loop })
  const turn = { fps: 30, forMs: 8000, settleMs: 500 }
  try {
    // V8 compiles what has run often enough: as many frames as that takes, at the rate of a camera.
    await turns.take({ ...turn, settleMs: 90_000 }, 1, ['ours'])
    const { ours, python } = await turns.take(turn, 8)
    return cpuRow(name, ours, python)
  } finally {
    await turns.close()
  }
}

function cpuRow(name, ours, python) {
  const rates = [ours, python].map(([{ perSecond }]) => perSecond.toFixed(1))
  return row({
    what: `${name}, 30 fps: CPU a frame, decoding too, all processes`,
    samples: column(ours, 'cpuMsPerFrame'),
    baseline: 'Python loop',
    baselineSamples: column(python, 'cpuMsPerFrame'),
    target: '<= 1.0x',
    check: (a, b) => a.p50 <= b.p50,
    notes: `1280×720 h264, a sample is the mean of 8 s; ours ${rates[0]}, Python ${rates[1]} frames a second`,
  })
}
