// Pictures to one viewer behind a link that gets slower and faster: its bandwidth in Mbit/s, and for how many seconds each.
// Arguments: seconds, then bandwidths. Prints what came, when, how old and of what quality.
import { createServer as createHttp } from 'node:http'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Subject } from 'rxjs'
import { createPacket, createPipeline, defineStream, picturePort, z } from 'saccade'
import { connect as view } from 'saccade/client'
import { WebSocket } from 'ws'
import { heightPx, perSecond, pictures, widthPx } from '../sinks-scene.mjs'

const [seconds, ...bandwidths] = process.argv.slice(2).map(Number)
const latencyMs = 20
let bytesPerMs = (bandwidths[0] ?? 10) * 125

/** Takes no more than the link has room for, so that what waits waits at the sender, as behind a slow modem. */
function relay(port) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let freeAtMs = performance.now()
    far.on('data', (data) => {
      freeAtMs = Math.max(freeAtMs, performance.now()) + data.byteLength / bytesPerMs
      if (freeAtMs - performance.now() > 20) {
        far.pause()
        setTimeout(() => far.resume(), freeAtMs - performance.now() - 10)
      }
      setTimeout(() => near.write(data), freeAtMs - performance.now() + latencyMs)
    })
    near.on('data', (data) => setTimeout(() => far.write(data), latencyMs))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

const frames$ = new Subject()
const painted = defineStream({
  name: 'painted',
  summary: 'Pictures of the benchmark.',
  options: z.strictObject({}),
  example: {},
  results: { video: picturePort },
  mainResult: 'video',
  live: () => true,
  open: () => ({ video: frames$ }),
})
const file = fileURLToPath(new URL('../pipelines/sinks.yaml', import.meta.url))
const run = await createPipeline(file, { stages: [painted] })
const server = createHttp()
run.mount(server, '/')
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
await run.start()
const { pool, clock, hub } = run.runtime
const geometry = { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
const frames = pictures().map((pixels) => {
  const frame = pool.lease({ format: 'rgb24', widthPx, heightPx, geometry })
  frame.bytes.set(pixels)
  return frame
})

const client = view(`http://127.0.0.1:${await relay(server.address().port)}/`, { WebSocket })
const startMs = clock.nowMs()
const came = []
client.on('picture', ({ header, bytes }) => {
  const nowMs = clock.nowMs()
  came.push([nowMs - startMs, nowMs - header.capturedAtMs, header.quality, bytes.byteLength])
})
const steps = []
const origin = { name: 'room.video', live: true }
const endMs = seconds * 1000 * bandwidths.length
await new Promise((resolve) => {
  let seq = 0
  const beat = () => {
    const capturedAtMs = clock.nowMs()
    const atMs = capturedAtMs - startMs
    if (atMs >= endMs) return resolve()
    bytesPerMs = (bandwidths[Math.floor(atMs / 1000 / seconds)] ?? 10) * 125
    const value = frames[seq % frames.length]
    frames$.next(createPacket({ origin, seq: seq++, capturedAtMs, stamp: { kind: 'synthetic' }, value }))
    const step = hub.viewers.each[0]?.step ?? 0
    if (step !== (steps.at(-1)?.[1] ?? -1)) steps.push([atMs, step])
    setTimeout(beat, startMs + (seq * 1000) / perSecond - clock.nowMs())
  }
  beat()
})
console.log(JSON.stringify({ came, steps }))
process.exit(0)
