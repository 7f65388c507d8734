// A plain loop: a tone every 20 ms, as PCM and by opusscript at complexity 5, over ws to a client in a process of its own.
// Arguments: seconds; or an address, a codec and seconds, as that client.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import OpusScript from 'opusscript'
import { WebSocket, WebSocketServer } from 'ws'

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const [word, seconds] = [process.argv[2] ?? '5', Number(process.argv.at(-1))]

function listen() {
  const arrivals = { pcm: [], opus: [] }
  const socket = new WebSocket(word)
  socket.on('message', (data) => arrivals[data[0] === 0 ? 'pcm' : 'opus'].push([data.readDoubleLE(8), nowMs()]))
  socket.on('close', () => console.log(JSON.stringify(arrivals)))
}

async function serve() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = `ws://127.0.0.1:${server.address().port}`
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), address, seconds], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (data) => (text += data))
  const socket = await new Promise((resolve) => server.once('connection', resolve))

  const opus = new OpusScript(16_000, 1, OpusScript.Application.AUDIO)
  opus.encoderCTL(4010, 5)
  opus.setBitrate(32_000)
  const encodeUs = []
  const send = (codec, dueMs, payload) => {
    const message = Buffer.alloc(32 + payload.length)
    message[0] = codec
    message.writeDoubleLE(dueMs, 8)
    payload.copy(message, 32)
    socket.send(message)
  }
  const startMs = nowMs() + 100
  const count = seconds * 50
  let n = 0
  const next = () => {
    if (nowMs() < startMs + n * 20) return void setTimeout(next, Math.ceil(startMs + n * 20 - nowMs()))
    const pcm = Buffer.alloc(640)
    for (let i = 0; i < 320; i++) pcm.writeInt16LE(Math.sin((n * 320 + i) * (0.05 + n * 1e-4)) * 8000, 2 * i)
    send(0, startMs + n * 20, pcm)
    const before = process.hrtime.bigint()
    const packet = opus.encode(pcm, 320)
    if (n >= 25) encodeUs.push(Number(process.hrtime.bigint() - before) / 1000)
    send(1, startMs + n * 20, packet)
    n++
    if (n < count) next()
    else {
      socket.close()
      server.close()
    }
  }
  next()
  await new Promise((resolve) => child.once('close', resolve))
  opus.delete()
  const arrivals = JSON.parse(text)
  const wireMs = {}
  for (const [codec, all] of Object.entries(arrivals)) wireMs[codec] = all.slice(25).map(([due, at]) => at - due)
  console.log(JSON.stringify({ wireMs, encodeUs: { opus: encodeUs } }))
}

if (word.startsWith('ws:')) listen()
else await serve()
