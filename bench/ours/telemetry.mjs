// One viewer of the demo that takes results and the state, no pictures and no sound. Argument: seconds.
// What it gets is counted, and what the same would be if each result were a message of its own, and the whole state were
// sent whenever some of it has changed.
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'
import { ToldState } from 'saccade/client'
import { WebSocket } from 'ws'

const [seconds] = process.argv.slice(2).map(Number)
const run = await createPipeline(fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url)))
const url = await run.serve({ port: 0 })
await run.start()

// As one from another machine comes through a proxy: for one of this machine nothing is deflated.
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`, { headers: { 'x-forwarded-for': '192.0.2.1' } })
const told = new ToldState()
const sent = { messages: 0, bytes: 0 }
const atOnce = { messages: 0, bytes: 0 }
let counting = false
socket.on('message', (data, isBinary) => {
  if (isBinary) return
  const text = data.toString()
  const { type } = JSON.parse(text)
  const message = told.read(text)
  if (type === 'hello')
    socket.send(JSON.stringify({ type: 'want', channels: { 'room.video': false, 'room.audio': false } }))
  if (!counting || message === null) return
  sent.messages++
  sent.bytes += Buffer.byteLength(text)
  const same =
    message.type === 'data'
      ? message.packets.map((packet) => JSON.stringify({ type: 'data', packets: [packet] }))
      : [JSON.stringify(message)]
  atOnce.messages += same.length
  atOnce.bytes += same.reduce((sum, one) => sum + Buffer.byteLength(one), 0)
})
await new Promise((resolve) => socket.once('open', resolve))
await new Promise((resolve) => setTimeout(resolve, 1500))
const wireBefore = socket._socket.bytesRead
counting = true
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
counting = false
const wireBytes = socket._socket.bytesRead - wireBefore
const perSecond = ({ messages, bytes }) => ({
  messagesPerSecond: messages / seconds,
  bytesPerSecond: bytes / seconds,
})
console.log(
  JSON.stringify({ sent: { ...perSecond(sent), wireBytesPerSecond: wireBytes / seconds }, atOnce: perSecond(atOnce) }),
)
await run.stop()
process.exit(0)
