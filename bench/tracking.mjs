import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createByOverlap } from './bare/tracking.mjs'
import { runScript } from './child.mjs'
import { quantile, row } from './figures.mjs'
import { errorsAsSvg } from './plot.mjs'

export const about =
  'one face that is hidden, or leaves and returns: switched and broken tracks; and how far beside it a command looks, with prediction and without'

const periodMs = 1000 / 30
const lostForMs = 2000
const [widthPx, heightPx] = [1280, 720]
const plottedMs = 40
const demo = fileURLToPath(new URL('../media/demo.mp4', import.meta.url))
const truth = JSON.parse(readFileSync(new URL('../media/demo.truth.json', import.meta.url), 'utf8')).faceCentrePx

/** The demo, and what FFmpeg makes of it: the same face at the same places and times. */
const clips = [
  { name: 'demo', sees: () => true },
  {
    name: 'hidden',
    // A hand before the camera: 0.6 s of every two, wherever the face is on its way then.
    filter: "drawbox=t=fill:color=gray:enable='between(mod(t,2),1,1.6)'",
    sees: (_, atMs) => atMs % 2000 < 1000 || atMs % 2000 > 1610,
  },
  // The face leaves by the right edge, and comes back there.
  { name: 'leaves', filter: 'crop=860:720:0:0', sees: ([x]) => x < 860 - 60 },
]

export async function run({ quick, plot, say }) {
  const seconds = quick ? 3 : 12
  const folder = mkdtempSync(join(tmpdir(), 'saccade-tracking-'))
  try {
    const rows = []
    for (const clip of clips) {
      const file = fileOf(clip, folder, seconds)
      if (file === null) {
        say(`FFmpeg is not installed: the clip ${clip.name} is left out`)
        continue
      }
      say(`${clip.name}: ${seconds} s`)
      const costsMs = clip.name === 'demo' ? (quick ? [plottedMs] : [20, plottedMs, 80]) : []
      const words = JSON.stringify({ seconds, periodMs, lostFor: `${lostForMs}ms`, costsMs })
      const { boxes, tracked, runs } = await runScript('./ours/tracking.mjs', [file, words])
      rows.push(...identityRows(clip, boxes, tracked), ...errorRows(boxes, runs))
      if (plot && clip.name === 'demo') draw(boxes, runs, seconds, say)
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function fileOf({ name, filter }, folder, seconds) {
  if (filter === undefined) return demo
  const file = join(folder, `${name}.mp4`)
  const words = [
    '-nostdin',
    '-v',
    'error',
    '-t',
    seconds,
    '-i',
    demo,
    '-vf',
    filter,
    '-an',
    '-preset',
    'veryfast',
    file,
  ]
  return spawnSync('ffmpeg', words.map(String), { stdio: 'ignore' }).status === 0 ? file : null
}

const middle = ({ boxPx: [x, y, width, height] }) => [x + width / 2, y + height / 2]
const away = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by)

/** Where the face is, between two pictures by the straight line. */
function faceAt(atMs) {
  const at = Math.max(0, Math.min(truth.length - 1.001, atMs / periodMs))
  const [a, b] = [truth[Math.floor(at)], truth[Math.floor(at) + 1]]
  return a.map((value, axis) => value + (b[axis] - value) * (at % 1))
}

/** How the one face that is there was followed: numbers it had, changes of number (switches), and breaks while it was seen. */
function followed({ sees }, pictures) {
  const counts = { seen: 0, covered: 0, switches: 0, breaks: 0 }
  const ids = new Set()
  let last = null
  let broken = false
  for (const { seq, found } of pictures) {
    const face = truth[seq]
    const isIt = found.find((one) => away(middle(one), face) < one.boxPx[2] / 2)
    if (isIt !== undefined) {
      if (last !== null && isIt.track !== last) counts.switches++
      if (broken) counts.breaks++
      last = isIt.track
      broken = false
      ids.add(last)
    }
    if (!sees(face, seq * periodMs)) {
      broken = false
      continue
    }
    counts.seen++
    if (isIt !== undefined) counts.covered++
    else if (last !== null) broken = true
  }
  return { ...counts, ids: ids.size }
}

function identityRows(clip, boxes, tracked) {
  const byOverlap = createByOverlap({ lostForMs, minScore: 0.5 })
  const bare = followed(
    clip,
    boxes.map(({ seq, found }) => ({ seq, found: byOverlap(found, seq * periodMs) })),
  )
  const ours = followed(clip, tracked)
  const covers = ({ seen, covered, ids }) => `${((100 * covered) / seen).toFixed(1)} % of ${seen} pictures, ids: ${ids}`
  return ['switches', 'breaks'].map((what) =>
    row({
      what: `${clip.name}: ${what === 'switches' ? 'id switches' : 'fragments'}`,
      unit: 'times',
      samples: [ours[what]],
      // 0 of 0 is no ratio.
      ...(bare[what] === 0 ? {} : { baseline: 'by overlap alone', baselineSamples: [bare[what]] }),
      target: '0',
      check: ({ p50 }) => p50 === 0,
      notes: what === 'switches' ? `follows ${covers(ours)}; by overlap alone ${covers(bare)}` : undefined,
    }),
  )
}

/** The detector's box lies a little beside what the truth calls the middle of a face, always alike. */
function offsetOf(boxes) {
  const seen = boxes.filter(({ found }) => found.length === 1)
  return [0, 1].map((axis) =>
    quantile(
      seen.map(({ seq, found: [one] }) => middle(one)[axis] - truth[seq][axis]),
      0.5,
    ),
  )
}

/** Degrees between a pose and the face at the time of a tick: a camera of 65°, at the head's origin. */
function errorDeg({ yawRad, pitchRad }, atMs, offset) {
  const focalPx = widthPx / 2 / Math.tan((65 * Math.PI) / 360)
  const [x, y] = faceAt(atMs).map((value, axis) => value + offset[axis])
  const ray = [1, (widthPx / 2 - x) / focalPx, (heightPx / 2 - y) / focalPx]
  const look = [Math.cos(yawRad) * Math.cos(pitchRad), Math.sin(yawRad) * Math.cos(pitchRad), -Math.sin(pitchRad)]
  const cos = ray.reduce((sum, value, axis) => sum + value * look[axis], 0) / Math.hypot(...ray)
  return (Math.acos(Math.min(1, cos)) * 180) / Math.PI
}

/** From half a second on: by then the head has come to the face, and the face's speed is known. */
const errorsOf = ({ ticks }, which, offset) =>
  ticks.filter(({ atMs }) => atMs > 500).map((tick) => [tick.atMs, errorDeg(tick[which], tick.atMs, offset)])

function errorRows(boxes, runs) {
  const offset = offsetOf(boxes)
  const samples = (run, which) => errorsOf(run, which, offset).map(([, deg]) => deg)
  return runs
    .filter(({ aim }) => aim === 'now')
    .flatMap((now) => {
      const capture = runs.find(({ costMs, aim }) => costMs === now.costMs && aim === 'capture')
      const beside = (what, which, most) =>
        row({
          what: `${what}, model takes ${now.costMs} ms`,
          unit: 'deg',
          samples: samples(now, which),
          baseline: 'aim: capture',
          baselineSamples: samples(capture, which),
          target: `ratio <= ${most}`,
          check: (a, b) => a.p50 <= most * b.p50,
        })
      return [beside('error of the aim at the tick', 'aimed', 0.5), beside('error of the command', 'commanded', 1)]
    })
}

function draw(boxes, runs, seconds, say) {
  const offset = offsetOf(boxes)
  const names = { capture: 'aim: capture', now: 'aim: now' }
  const lines = runs
    .filter(({ costMs }) => costMs === plottedMs)
    .map((one) => ({ name: names[one.aim], series: errorsOf(one, 'aimed', offset) }))
  const file = fileURLToPath(new URL('../docs/pictures/tracking.svg', import.meta.url))
  const title = `How far beside the face the head aims when a command leaves: a model of ${plottedMs} ms`
  writeFileSync(file, errorsAsSvg(lines, { seconds, title }))
  say(`drawn in ${file}`)
}
