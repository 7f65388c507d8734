// The same job with nothing but FFmpeg, a worker and ONNX Runtime: no engine, no bounds, no counters.
// Imports nothing of ours. Arguments: seconds, or --first to end at the first box.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const first = process.argv.includes('--first')
const seconds = Number(process.argv[2] ?? 5)
const clip = fileURLToPath(new URL('../../media/demo.mp4', import.meta.url))
const [width, height] = [256, 144]
const frameBytes = width * height * 1.5

const worker = new Worker(new URL('./vision-worker.mjs', import.meta.url))
const ready = new Promise((resolve) => worker.once('message', resolve))
const shared = new SharedArrayBuffer(frameBytes * 8)
const slots = Array.from({ length: 8 }, (_, slot) => new Uint8Array(shared, slot * frameBytes, frameBytes))

// The arguments that the engine gives FFmpeg for the same wish.
const chain = [
  'showinfo@in=checksum=0',
  `scale=w='max(2,2*trunc(round(iw*min(1,min(256/iw,256/ih)))/2))':h='max(2,2*trunc(round(ih*min(1,min(256/iw,256/ih)))/2))':flags=area+accurate_rnd+bitexact`,
  'format=yuv420p',
].join(',')
const decoder = spawn(
  'ffmpeg',
  [
    ...['-nostdin', '-nostats', '-loglevel', 'repeat+level+info', '-copyts', '-threads', '1', '-stream_loop', '-1'],
    ...['-protocol_whitelist', 'file', '-i', `file:${clip}`],
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-filter_threads', '1', '-vf', chain],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-avioflags', 'direct', 'pipe:1'],
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
)
decoder.stderr.resume()

let filled = 0
let slot = 0
let waiting = null
/** The next frame, in the slot that it lies in. */
function nextFrame() {
  return new Promise((resolve) => {
    waiting = resolve
    decoder.stdout.resume()
  })
}
decoder.stdout.on('data', (data) => {
  let from = 0
  while (from < data.length) {
    const part = data.subarray(from, from + frameBytes - filled)
    slots[slot].set(part, filled)
    filled += part.length
    from += part.length
    if (filled < frameBytes) break
    filled = 0
    const done = slot
    slot = (slot + 1) % slots.length
    decoder.stdout.pause()
    const resolve = waiting
    waiting = null
    resolve?.(done)
  }
})
decoder.stdout.pause()

const samples = { frameToBoxes: [], captureToBoxes: [] }
let faces = 0
const inHand = new Map()
let epochMs = 0
const warmMs = 1000
let busy = false
worker.on('message', ({ seq, found }) => {
  if (seq === undefined) return
  busy = false
  const nowMs = performance.now()
  const sample = inHand.get(seq)
  inHand.delete(seq)
  if (first && found.length > 0) {
    decoder.kill('SIGKILL')
    process.stdout.write(`${JSON.stringify({ faces: found.length })}\n`)
    worker.postMessage('end')
    return
  }
  if (nowMs < epochMs + warmMs) return
  faces += found.length
  samples.frameToBoxes.push(nowMs - sample.atMs)
  samples.captureToBoxes.push(nowMs - sample.dueMs)
})

let frame = await nextFrame()
await ready
epochMs = performance.now()
const before = process.cpuUsage()
const frames = first ? 1 : (seconds + 1) * 30
for (let seq = 0; seq < frames; seq++) {
  const dueMs = epochMs + (seq * 1000) / 30
  const following = nextFrame()
  const leftMs = dueMs - performance.now()
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
  // Without this a slow moment would pile up frames in the worker's port, and the figures would be of the pile.
  if (!busy) {
    busy = true
    inHand.set(seq, { atMs: performance.now(), dueMs })
    worker.postMessage({ seq, shared, offset: frame * frameBytes, width, height })
  }
  frame = await following
}
if (!first) {
  await new Promise((resolve) => setTimeout(resolve, 300))
  const { user, system } = process.cpuUsage(before)
  decoder.kill('SIGKILL')
  worker.postMessage('end')
  console.log(JSON.stringify({ samples, faces, cpuMsPerFrame: (user + system) / 1000 / frames }))
}
