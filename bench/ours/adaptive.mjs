// Pictures to one viewer behind a link that gets slower and faster: its bandwidth in Mbit/s, and for how many seconds each.
// Arguments: seconds, then bandwidths. Prints what came, when, how old and of what quality.
import { connect, createServer } from 'node:net'
import { connect as view } from 'saccade/client'
import { WebSocket } from 'ws'
import { runPainted } from '../painted.mjs'
import { perSecond } from '../sinks-scene.mjs'

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

const { clock, hub, port, offer } = await runPainted()

const client = view(`http://127.0.0.1:${await relay(port)}/`, { WebSocket })
const startMs = clock.nowMs()
const came = []
client.on('picture', ({ header, bytes }) => {
  const nowMs = clock.nowMs()
  came.push([nowMs - startMs, nowMs - header.capturedAtMs, header.quality, bytes.byteLength])
})
const steps = []
const endMs = seconds * 1000 * bandwidths.length
await new Promise((resolve) => {
  let seq = 0
  const beat = () => {
    const atMs = clock.nowMs() - startMs
    if (atMs >= endMs) return resolve()
    bytesPerMs = (bandwidths[Math.floor(atMs / 1000 / seconds)] ?? 10) * 125
    offer(seq++)
    const step = hub.viewers.each[0]?.step ?? 0
    if (step !== (steps.at(-1)?.[1] ?? -1)) steps.push([atMs, step])
    setTimeout(beat, startMs + (seq * 1000) / perSecond - clock.nowMs())
  }
  beat()
})
console.log(JSON.stringify({ came, steps }))
process.exit(0)
