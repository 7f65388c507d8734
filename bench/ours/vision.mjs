// The vision pipeline in the engine, paced: prints samples of each way as JSON. Arguments: seconds.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'

const seconds = Number(process.argv[2] ?? 5)
const idle = monitorEventLoopDelay({ resolution: 1 })
idle.enable()
await new Promise((resolve) => setTimeout(resolve, 1000))
idle.disable()

const run = await createPipeline(fileURLToPath(new URL('../pipelines/vision.yaml', import.meta.url)))
const { clock } = run.runtime
const samples = {
  frameToBoxes: [],
  captureToBoxes: [],
  captureToCommand: [],
  tick: [],
  lateness: [],
  reaction: [],
  age: [],
}
const inHand = new Map()
const solved = new Map()
let faces = 0
const warmMs = 1000
let startMs = Infinity

run.tap('room.video').subscribe((packet) => inHand.set(packet.seq, clock.nowMs()))
run.tap('faces').subscribe((packet) => {
  const nowMs = clock.nowMs()
  if (nowMs < startMs + warmMs) return
  faces += packet.value.found.length
  samples.frameToBoxes.push(nowMs - inHand.get(packet.seq))
  samples.captureToBoxes.push(nowMs - packet.capturedAtMs)
  inHand.delete(packet.seq)
})
run.tap('gaze').subscribe((packet) => {
  const nowMs = clock.nowMs()
  solved.set(packet.seq, nowMs)
  if (nowMs >= startMs + warmMs) samples.captureToCommand.push(nowMs - packet.capturedAtMs)
})
let last = -1
run.tap('head').subscribe(({ value, capturedAtMs }) => {
  if (value.causedBy === null || capturedAtMs < startMs + warmMs) return
  samples.age.push(value.ageMs)
  if (value.causedBy.seq === last) return
  last = value.causedBy.seq
  samples.reaction.push(value.ageMs)
  const at = solved.get(last)
  if (at !== undefined) samples.tick.push(capturedAtMs - at)
})

const loop = monitorEventLoopDelay({ resolution: 1 })
await run.start()
startMs = clock.nowMs()
loop.enable()
const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000 + warmMs))
loop.disable()
const { user, system } = process.cpuUsage(before)
const state = run.snapshot()
await run.stop()
console.log(
  JSON.stringify({
    samples,
    faces,
    dropped: state.stages.faces.dropped,
    cpuMsPerFrame: (user + system) / 1000 / ((seconds + 1) * 30),
    loopP99Ms: loop.percentile(99) / 1e6,
    idleP99Ms: idle.percentile(99) / 1e6,
  }),
)
