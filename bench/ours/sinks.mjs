// The same pictures through the `websocket` sink, with all its queues, counts and adaptation. Argument: how many viewers. Measures by turns.
import { runPainted } from '../painted.mjs'
import { measureTurns, wallMs, watchWrites } from '../sinks-scene.mjs'

const count = Number(process.argv[2])
const { clock, port, offer } = await runPainted()
const offsetMs = wallMs() - clock.nowMs()
const url = `ws://127.0.0.1:${port}/ws`
await measureTurns({ url, count, offer, byFrame: watchWrites(offsetMs), offsetMs })
