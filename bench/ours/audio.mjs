// The demo pipeline with its page's socket, watched and listened to in every codec. Arguments: seconds.
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'
import { soundCodecs } from '../../dist/audio/sound-codecs.js'
import { adapters } from '../../dist/adapters/node.js'
import { runScript } from '../child.mjs'

const seconds = Number(process.argv[2] ?? 5)
const warmMs = 1500

const run = await createPipeline(fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url)))
const url = await run.serve({ port: 0 })
await run.start()
const { clock } = run.runtime
// The clients' clock on the run's.
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - clock.nowMs()
const startMs = clock.nowMs()
const arrivals = await runScript('./ours/audio-clients.mjs', [
  `${url.replace(/^http/, 'ws')}ws`,
  seconds + warmMs / 1000,
])
await run.stop()

const wireMs = {}
const bytes = {}
for (const [codec, messages] of Object.entries(arrivals)) {
  const warm = messages.filter(([capturedMs]) => capturedMs > startMs + warmMs)
  wireMs[codec] = warm.map(([capturedMs, arrivedMs]) => arrivedMs - offsetMs - capturedMs)
  bytes[codec] = warm.map(([, , size]) => size)
}

// What a message costs the event loop, without the socket.
const encodeUs = {}
for (const codec of soundCodecs(adapters())) {
  const encoder = await codec.open()
  const samples = (encodeUs[codec.codec] = [])
  for (let seq = 0; seq < 600; seq++) {
    const value = {
      sampleRateHz: 16_000,
      samples: Float32Array.from({ length: 320 }, (_, n) => Math.sin((seq * 320 + n) * (0.05 + seq * 1e-4)) / 4),
    }
    const packet = { origin: { name: 'a', live: true }, seq, capturedAtMs: seq * 20, lost: 0, epoch: 0, value }
    const before = process.hrtime.bigint()
    encoder.encode({ ...packet, stamp: { kind: 'medium' } })
    if (seq >= 100) samples.push(Number(process.hrtime.bigint() - before) / 1000)
  }
  encoder.close?.()
}
console.log(JSON.stringify({ wireMs, bytes, encodeUs }))
