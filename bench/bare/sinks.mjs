// libjpeg-turbo and ws by hand: a picture is encoded once and sent to all. Argument: how many viewers. Measures by turns.
import turbo from '@julusian/jpeg-turbo'
import { WebSocketServer } from 'ws'
import { heightPx, measureTurns, pictures, quality, wallMs, watchWrites, widthPx } from '../sinks-scene.mjs'

const count = Number(process.argv[2])
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
await new Promise((resolve) => server.once('listening', resolve))
const frames = pictures()
const options = { format: turbo.FORMAT_RGB, width: widthPx, height: heightPx, quality, subsampling: turbo.SAMP_420 }

async function offer(seq) {
  const capturedAtMs = wallMs()
  const jpeg = await turbo.compress(Buffer.from(frames[seq % frames.length].buffer), options)
  const message = Buffer.alloc(32 + jpeg.byteLength)
  message.writeUInt32LE(seq, 4)
  message.writeDoubleLE(capturedAtMs, 8)
  jpeg.copy(message, 32)
  for (const client of server.clients) client.send(message)
}

const url = `ws://127.0.0.1:${server.address().port}/`
await measureTurns({ url, count, offer: (seq) => void offer(seq), byFrame: watchWrites() })
