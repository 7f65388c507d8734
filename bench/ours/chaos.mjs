// 90 good viewers of the demo clip and a head at 50 Hz; with `bad`, ten frozen ones and hostile clients beside them.
// Arguments: seconds, bad | good. Prints tick lateness and what a good viewer got.
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'
import { WebSocket } from 'ws'
import { viewers } from '../sinks-scene.mjs'

const [seconds, kind] = [Number(process.argv[2]), process.argv[3]]
const run = await createPipeline(fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url)))
const url = await run.serve({ port: 0 })
await run.start()
const socketUrl = `${url.replace('http', 'ws')}ws`
const crowd = viewers(socketUrl, [90, 0])
await crowd.ready
if (kind === 'bad') {
  // In this process, which is the run's own: what they cost is counted against it.
  const quiet = (socket) => socket.on('error', () => undefined)
  for (let n = 0; n < 10; n++) {
    const frozen = quiet(new WebSocket(socketUrl))
    frozen.on('open', () => frozen.pause())
  }
  const attack = (say) => {
    const socket = quiet(new WebSocket(socketUrl))
    socket.on('open', () => say(socket))
    socket.on('close', () => setTimeout(() => attack(say), 50))
  }
  attack((socket) => socket.send('garbage'))
  attack((socket) => socket.send('x'.repeat(1_000_000)))
  attack((socket) => socket.terminate())
  const slow = connect(Number(new URL(url).port), '127.0.0.1')
  quiet(slow)
  setInterval(() => slow.writable && slow.write('G'), 200)
}
const lateness = []
let due = null
await new Promise((resolve) => setTimeout(resolve, 1500))
run.tap('head').subscribe(({ capturedAtMs }) => {
  // Ticks are 20 ms apart: what is beyond is late.
  if (due !== null) lateness.push(Math.max(0, capturedAtMs - due))
  due = capturedAtMs + 20
})
await crowd.take()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const { pictures } = await crowd.take()
await crowd.end()
console.log(JSON.stringify({ lateness, perSecond: pictures / 90 / seconds }))
process.exit(0)
