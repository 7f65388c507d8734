// The demo at its own pace through FFmpeg and a detector: CPU of all processes, a frame. Arguments: faces or objects, seconds.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'

const [kind, seconds] = [process.argv[2], Number(process.argv[3])]
const ticksMs = 10

/** User and system time of this process and those that it started, in ms. Linux alone tells. */
function cpuMs() {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  return [String(process.pid), ...children].reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return sum + (Number(fields[11]) + Number(fields[12])) * ticksMs
  }, 0)
}

const run = await createPipeline(fileURLToPath(new URL(`../pipelines/inference-${kind}.yaml`, import.meta.url)))
let seen = 0
run.tap('found').subscribe(() => seen++)
await run.start()
await new Promise((resolve) => setTimeout(resolve, 2000))
const [before, seenBefore] = [cpuMs(), seen]
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const cpuMsPerFrame = (cpuMs() - before) / (seen - seenBefore)
await run.stop()
console.log(JSON.stringify({ cpuMsPerFrame, perSecond: (seen - seenBefore) / seconds }))
