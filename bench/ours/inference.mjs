// Frames in hand → boxes, by the operator in plain RxJS. Argument: one JSON object. Measures by turns.
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Subject } from 'rxjs'
import { createPacket, runtime } from 'saccade'
import { detectFaces, detectObjects, queue } from 'saccade/operators'
import { answerTurns } from '../turns.mjs'

const { stage, options = {}, frames, workers = 1, still = false } = JSON.parse(process.argv[2])
const { file, format, width: widthPx, height: heightPx } = frames
const bytes = readFileSync(file)
const frameBytes = format === 'rgb24' ? widthPx * heightPx * 3 : (widthPx * heightPx * 3) / 2
const count = bytes.length / frameBytes
const geometry = { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
const origin = { name: 'frames', live: true }

let samples = []
const begun = new Map()
let seq = 0
let fromMs = Infinity
/** Sends the next one as soon as one is done; paced, the clock does. */
let onDone = () => undefined
const frames$ = new Subject()
const { clock, pool } = runtime.current

function send() {
  const frame = pool.lease({ format, widthPx, heightPx, geometry })
  const at = still ? 0 : seq % count
  frame.bytes.set(bytes.subarray(at * frameBytes, (at + 1) * frameBytes))
  begun.set(seq, performance.now())
  const packet = createPacket({
    origin,
    seq: seq++,
    capturedAtMs: clock.nowMs(),
    stamp: { kind: 'synthetic' },
    value: frame,
  })
  frames$.next(packet)
  frame.release()
}

const idle = monitorEventLoopDelay({ resolution: 1 })
/** Of all turns of a kind, warming up not being of the kind of those that count. */
const loops = new Map()
idle.enable()
await new Promise((resolve) => setTimeout(resolve, 1000))
idle.disable()

const operator = stage === 'detect-faces' ? detectFaces : detectObjects
frames$
  .pipe(queue({ capacity: workers, whenFull: 'drop-oldest' }), operator(options, { concurrency: workers }))
  .subscribe({
    next: (packet) => {
      const nowMs = performance.now()
      const beganMs = begun.get(packet.seq)
      begun.delete(packet.seq)
      if (beganMs > fromMs) samples.push(nowMs - beganMs)
      onDone(nowMs)
    },
    error: (error) => {
      console.error(error)
      process.exit(1)
    },
  })

/** As fast as workers take them: the first frame of all waits until the model is loaded. */
const flatOut = (endMs) =>
  new Promise((resolve) => {
    onDone = (nowMs) => {
      if (nowMs < endMs) send()
      else if (begun.size === 0) resolve()
    }
    for (let n = 0; n < workers; n++) send()
  })

async function paced(fps, startMs, endMs) {
  let isDone = () => undefined
  onDone = () => begun.size === 0 && isDone()
  for (let n = 0; performance.now() < endMs; n++) {
    const leftMs = startMs + (n * 1000) / fps - performance.now()
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
    // A frame that would have to wait measures the wait.
    if (begun.size < workers) send()
  }
  if (begun.size > 0) await new Promise((resolve) => (isDone = resolve))
}

answerTurns(async ({ fps, forMs, settleMs }) => {
  samples = []
  const startMs = performance.now()
  fromMs = startMs + settleMs
  const kind = `${fps} ${forMs}`
  const loop = loops.get(kind) ?? monitorEventLoopDelay({ resolution: 1 })
  loops.set(kind, loop)
  loop.enable()
  await (fps === 0 ? flatOut(fromMs + forMs) : paced(fps, startMs, fromMs + forMs))
  loop.disable()
  return {
    samples,
    perSecond: (samples.length * 1000) / forMs,
    memo: [...runtime.current.memos.values()].map((read) => read()),
    loopP99Ms: (loop.percentile(99) - idle.percentile(99)) / 1e6,
  }
})
