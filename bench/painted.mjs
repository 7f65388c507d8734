import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Subject } from 'rxjs'
import { createPacket, createPipeline, defineStream, picturePort, z } from 'saccade'
import { heightPx, pictures, widthPx } from './sinks-scene.mjs'

/** A run whose `websocket` sink shows painted pictures, each when it is offered. */
export async function runPainted() {
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
  const file = fileURLToPath(new URL('./pipelines/sinks.yaml', import.meta.url))
  const run = await createPipeline(file, { stages: [painted] })
  const server = createServer()
  run.mount(server, '/')
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  await run.start()
  const { pool, clock, hub } = run.runtime
  // As a decoder has them: each lies in a frame of its own, so that nothing is copied on the way to the encoder.
  const geometry = {
    sourceWidthPx: widthPx,
    sourceHeightPx: heightPx,
    scaleX: 1,
    scaleY: 1,
    offsetXPx: 0,
    offsetYPx: 0,
  }
  const frames = pictures().map((pixels) => {
    const frame = pool.lease({ format: 'rgb24', widthPx, heightPx, geometry })
    frame.bytes.set(pixels)
    return frame
  })
  const origin = { name: 'room.video', live: true }
  const offer = (seq) => {
    const value = frames[seq % frames.length]
    frames$.next(createPacket({ origin, seq, capturedAtMs: clock.nowMs(), stamp: { kind: 'synthetic' }, value }))
  }
  return { clock, hub, port: server.address().port, offer }
}
