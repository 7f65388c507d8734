// The demo at its own pace through FFmpeg and a detector: CPU of all processes, a frame. Argument: faces or objects.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'

const kind = process.argv[2]
// As long as V8 compiles, and then for a while; the clip is 12 s long, and each time round a process of its own.
const [warmMs, forMs] = [10_000, 8000]
const ticksMs = 10

/** User and system time of this process and all that it ever started, in ms. Linux alone tells. */
function cpuMs() {
  const alive = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const ticks = [process.pid, ...alive].map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    // Behind its own those of its children that have ended.
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  })
  return ticks.reduce((sum, each) => sum + each, 0) * ticksMs
}

const run = await createPipeline(fileURLToPath(new URL(`../pipelines/inference-${kind}.yaml`, import.meta.url)))
let seen = 0
run.tap('found').subscribe(() => seen++)
await run.start()
await new Promise((resolve) => setTimeout(resolve, warmMs))
const [before, seenBefore] = [cpuMs(), seen]
await new Promise((resolve) => setTimeout(resolve, forMs))
const cpuMsPerFrame = (cpuMs() - before) / (seen - seenBefore)
await run.stop()
console.log(JSON.stringify({ cpuMsPerFrame, perSecond: ((seen - seenBefore) * 1000) / forMs }))
