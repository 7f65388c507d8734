// A clip at its own pace through FFmpeg and a detector: CPU of all processes, a frame. Arguments: faces or objects, clip. Measures
// by turns, and is paused between them.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'
import { answerTurns } from '../turns.mjs'

const [kind, clip] = process.argv.slice(2)
const pipeline = fileURLToPath(new URL(`../pipelines/inference-${kind}.yaml`, import.meta.url))
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

const run = await createPipeline(pipeline, { set: { camera: clip } })
let seen = 0
run.tap('found').subscribe(() => seen++)
await run.start()
run.pause()
answerTurns(async ({ settleMs, forMs }) => {
  run.resume()
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const [before, seenBefore] = [cpuMs(), seen]
  await new Promise((resolve) => setTimeout(resolve, forMs))
  const [usedMs, frames] = [cpuMs() - before, seen - seenBefore]
  run.pause()
  return { cpuMsPerFrame: usedMs / frames, perSecond: (frames * 1000) / forMs }
})
