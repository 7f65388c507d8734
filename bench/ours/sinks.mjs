// The same pictures through the `websocket` sink, with all its queues, counts and adaptation. Arguments: viewers, seconds.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Subject } from 'rxjs'
import { createPacket, createPipeline, defineStream, picturePort, z } from 'saccade'
import { WebSocket } from 'ws'
import { heightPx, measure, pictures, wallMs, watchSends, widthPx } from '../sinks-scene.mjs'

const [count, seconds] = process.argv.slice(2).map(Number)
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
const run = await createPipeline(fileURLToPath(new URL('../pipelines/sinks.yaml', import.meta.url)), {
  stages: [painted],
})
const server = createServer()
run.mount(server, '/')
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
await run.start()

const { pool, clock } = run.runtime
// As a decoder has them: each lies in a frame of its own, so that nothing is copied on the way to the encoder.
const geometry = { sourceWidthPx: widthPx, sourceHeightPx: heightPx, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
const frames = pictures().map((pixels) => {
  const frame = pool.lease({ format: 'rgb24', widthPx, heightPx, geometry })
  frame.bytes.set(pixels)
  return frame
})
const origin = { name: 'room.video', live: true }
const offer = (seq) => {
  const value = frames[seq % frames.length]
  const capturedAtMs = clock.nowMs()
  frames$.next(createPacket({ origin, seq, capturedAtMs, stamp: { kind: 'synthetic' }, value }))
}
const offsetMs = wallMs() - clock.nowMs()
const url = `ws://127.0.0.1:${server.address().port}/ws`
console.log(
  JSON.stringify(await measure({ url, count, seconds, offer, byFrame: watchSends(WebSocket, offsetMs), offsetMs })),
)
process.exit(0)
