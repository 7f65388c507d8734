// Pictures through resize, queue and a detector at full speed: prints memory along the way as JSON. Arguments: frames, source, model.
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { takeWhile } from 'rxjs'
import { createPipeline, runtime } from 'saccade'
import { detectFaces, detectObjects, queue, resize } from 'saccade/operators'
import { packets } from 'saccade/streams'

const frames = Number(process.argv[2] ?? 1000)
const source = process.argv[3] ?? 'decoded'
const model = process.argv[4] ?? 'blazeface-256'
const every = Math.max(1, Math.round(frames / 400))
const megabyte = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/**
 * [frame, rss, external, buffers] in MB, as Node tells: external memory does not hold shared buffers, and the frames are those.
 * Garbage is collected first: what stays counts. Twice, as what lies behind dead buffers is freed beside the first collection,
 * and surely before the next one.
 */
const samples = []
function measure(frame) {
  collect()
  collect()
  const { rss, external, arrayBuffers } = process.memoryUsage()
  samples.push([frame, rss / megabyte, external / megabyte, arrayBuffers / megabyte])
}

let seen = 0
let found = 0
function count(packet) {
  found += packet.value.found.length
  if (++seen % every === 0) measure(seen)
  return seen < frames
}

/** Each frame is lent for the length of `next`: the iterator is asked for the following one after it. */
function* picturesOf(pool) {
  const [widthPx, heightPx] = [640, 360]
  const geometry = { sourceWidthPx: 640, sourceHeightPx: 360, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  for (let n = 0; n < frames; n++) {
    const frame = pool.lease({ format: 'yuv420p', widthPx, heightPx, geometry })
    try {
      frame.bytes.fill(n % 256)
      yield frame
    } finally {
      frame.release()
    }
  }
}

async function decoded() {
  const run = await createPipeline(fileURLToPath(new URL('../pipelines/memory.yaml', import.meta.url)))
  const done = new Promise((resolve, reject) => {
    run.tap('faces').pipe(takeWhile(count)).subscribe({ complete: resolve, error: reject })
  })
  await run.start()
  await done
  await run.stop()
  return run.runtime.pool.count()
}

async function generated() {
  const { pool } = runtime.current
  const small$ = packets(picturesOf(pool)).pipe(resize('320x320'), queue({ whenFull: 'block', capacity: 4 }))
  const found$ = small$.pipe(model === 'blazeface-256' ? detectFaces() : detectObjects({ model }))
  await new Promise((resolve, reject) => {
    found$.subscribe({ next: count, complete: resolve, error: reject })
  })
  await runtime.closed()
  return pool.count()
}

const startMs = performance.now()
const pool = await (source === 'decoded' ? decoded() : generated())
console.log(JSON.stringify({ samples, seen, found, pool, seconds: (performance.now() - startMs) / 1000 }))
