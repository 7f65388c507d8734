// 90 good viewers of the demo clip and a head at 50 Hz; with `bad`, ten frozen ones and hostile clients beside them.
// Arguments: seconds, bad | good. Prints tick lateness and what a good viewer got.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createPipeline } from 'saccade'
import { viewers } from '../sinks-scene.mjs'

const [seconds, kind] = [Number(process.argv[2]), process.argv[3]]
const run = await createPipeline(fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url)))
const url = await run.serve({ port: 0 })
await run.start()
const socketUrl = `${url.replace('http', 'ws')}ws`
const crowd = viewers(socketUrl, [90, 0])
await crowd.ready
let bad = null
if (kind === 'bad') {
  const script = fileURLToPath(new URL('../hostile.mjs', import.meta.url))
  bad = spawn(process.execPath, [script, socketUrl], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(bad.stdout, 'data')
}
const lateness = []
let due = null
await new Promise((resolve) => setTimeout(resolve, 1500))
run.tap('head').subscribe(({ capturedAtMs }) => {
  // Ticks are 20 ms apart: what is beyond is late.
  if (due !== null) lateness.push(Math.max(0, capturedAtMs - due))
  due = capturedAtMs + 20
})
await crowd.take()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const { pictures } = await crowd.take()
await crowd.end()
bad?.kill()
console.log(JSON.stringify({ lateness, perSecond: pictures / 90 / seconds }))
process.exit(0)
