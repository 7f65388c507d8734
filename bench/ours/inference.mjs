// Frames in hand → boxes, by the operator in plain RxJS. Arguments: one JSON object; prints samples as JSON.
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Subject } from 'rxjs'
import { createPacket, runtime } from 'saccade'
import { detectFaces, detectObjects, queue } from 'saccade/operators'

const { stage, options = {}, frames, fps = 0, seconds, workers = 1, still = false } = JSON.parse(process.argv[2])
const { file, format, width: widthPx, height: heightPx } = frames
const bytes = readFileSync(file)
const frameBytes = format === 'rgb24' ? widthPx * heightPx * 3 : (widthPx * heightPx * 3) / 2
const count = bytes.length / frameBytes
const geometry = { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
const origin = { name: 'frames', live: true }

const [hurryMs, warmMs] = [seconds < 2 ? 1000 : 8000, 1500]
const samples = []
const begun = new Map()
let seq = 0
let found = 0
let startMs = Infinity
let overlapping = 0
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
const loop = monitorEventLoopDelay({ resolution: 1 })
idle.enable()
await new Promise((resolve) => setTimeout(resolve, 1000))
idle.disable()

const operator = stage === 'detect-faces' ? detectFaces : detectObjects
const done = new Promise((resolve, reject) => {
  frames$
    .pipe(queue({ capacity: workers, whenFull: 'drop-oldest' }), operator(options, { concurrency: workers }))
    .subscribe({
      next: (packet) => {
        const nowMs = performance.now()
        const beganMs = begun.get(packet.seq)
        begun.delete(packet.seq)
        found += packet.value.found.length
        if (beganMs > startMs + warmMs) samples.push(nowMs - beganMs)
        if (fps === 0 && startMs < Infinity) {
          if (nowMs < startMs + warmMs + seconds * 1000) send()
          else if (begun.size === 0) resolve()
        }
      },
      error: reject,
    })
})
// The first frame waits until the model is loaded. Then as many as there would be in half a minute: V8 has compiled what it will.
for (const endMs = performance.now() + hurryMs; performance.now() < endMs;) {
  send()
  while (begun.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
}
loop.enable()
startMs = performance.now()
if (fps === 0) {
  for (let n = 0; n < workers; n++) send()
  await done
} else {
  for (let n = 0; performance.now() < startMs + warmMs + seconds * 1000; n++) {
    const leftMs = startMs + (n * 1000) / fps - performance.now()
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
    // A frame that would have to wait measures the wait.
    if (begun.size < workers) send()
    else overlapping++
  }
}
loop.disable()
frames$.complete()
await runtime.closed()
console.log(
  JSON.stringify({
    samples,
    perSecond: samples.length / seconds,
    found,
    overlapping,
    memo: [...runtime.current.memos.values()].map((read) => read()),
    loopP99Ms: loop.percentile(99) / 1e6,
    idleP99Ms: idle.percentile(99) / 1e6,
  }),
)
