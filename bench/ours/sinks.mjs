// The same pictures through the `websocket` sink, with all its queues, counts and adaptation. Arguments: viewers, seconds, seconds of warming up.
import { WebSocket } from 'ws'
import { runPainted } from '../painted.mjs'
import { measure, wallMs, watchSends } from '../sinks-scene.mjs'

const [count, seconds, warmSeconds] = process.argv.slice(2).map(Number)
const { clock, port, offer } = await runPainted()
const offsetMs = wallMs() - clock.nowMs()
const url = `ws://127.0.0.1:${port}/ws`
console.log(
  JSON.stringify(
    await measure({ url, count, seconds, warmSeconds, offer, byFrame: watchSends(WebSocket, offsetMs), offsetMs }),
  ),
)
process.exit(0)
