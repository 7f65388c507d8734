import { readHeader, headerBytes, type ClientMessage, type PacketJson } from '../../src/core/wire.js'
import { connect, type Connection, type SocketLike } from './connection.js'
import { LiveData } from './live/live-data.js'
import { parseMessage } from './logic/message.js'
import { pace } from './logic/pace.js'
import { pageShape, type PageShape } from './logic/page-shape.js'
import { helloOf, runOf } from './logic/page-state.js'
import { situationOf } from './logic/situation.js'
import { Listening } from './sound/listening.js'
import { createStore } from './store.js'
import { page } from './views/page.js'
import type { Scene } from './views/view.js'

/** Numbers that people read change at most four times a second. */
const updateMs = 250

const store = createStore()
const live = new LiveData()
const nowMs = (): number => performance.now()
let shape: PageShape = pageShape(null, null)
let packetsSinceUpdate = false
const listening = new Listening({
  heard: (heard) => {
    live.addSound(heard)
  },
  want: (channel, codec) => {
    send({ type: 'want', channels: { [channel]: { codec } } })
  },
  ageMs: (capturedAtMs) => {
    const capturedMs = live.clock.toPage(capturedAtMs)
    return capturedMs === null ? null : nowMs() - capturedMs
  },
})
const send = (message: ClientMessage): void => {
  connection.send(JSON.stringify(message))
}

const view = page({
  send,
  listening,
  retry: () => {
    connection.retry()
  },
})
document.querySelector('#page')?.replaceWith(view.element)

let situation = situationOf(store.state, nowMs())
const scene = (): Scene => ({ page: store.state, situation, shape, live, nowMs: nowMs() })

const update = pace(
  () => {
    // Packets come by the hundred a second: the state is told of them once.
    if (packetsSinceUpdate) store.dispatch({ is: 'packets', atMs: nowMs() })
    packetsSinceUpdate = false
    situation = situationOf(store.state, nowMs())
    view.update(scene())
  },
  updateMs - 5,
  nowMs,
  (run, delayMs) => setTimeout(run, delayMs),
)

const takePacket = (packet: PacketJson): void => {
  const kind = helloOf(store.state)?.channels.find(({ name }) => name === packet.tap)?.kind
  live.countSeq(packet.tap, packet.seq, packet.capturedAtMs)
  if (kind === 'robot') {
    const tickMs = live.clock.toPage(packet.capturedAtMs + packet.ageMs)
    live.addRobot(packet, tickMs ?? nowMs())
  } else if (kind === 'detections') live.detections.add(packet.origin, packet.seq, packet.value)
  else if (kind === 'voice') live.addVoice(packet, shape.sound === null)
}

const onText = (text: string): void => {
  const message = parseMessage(text)
  switch (message?.type) {
    case 'hello':
      // A run that came back is another run: its clock starts anew.
      live.clear()
      listening.greet(message.channels)
      store.dispatch({ is: 'hello', hello: message, atMs: nowMs() })
      break
    case 'telemetry':
      live.clock.add(message.nowMs, nowMs())
      store.dispatch({ is: 'telemetry', run: message, atMs: nowMs() })
      takeRobotOf(message.robot)
      break
    case 'data':
      packetsSinceUpdate = true
      for (const packet of message.packets) takePacket(packet)
      return
    case 'lost':
      store.dispatch({ is: 'lost', channel: message.channel, count: message.count })
      return
    case undefined:
      return
  }
  shape = pageShape(helloOf(store.state), runOf(store.state))
  update()
}

/** Where the run does not send the robot's ticks, its state of every quarter second serves. */
const takeRobotOf = (robot: NonNullable<ReturnType<typeof runOf>>['robot']): void => {
  if (robot === null || helloOf(store.state)?.channels.some(({ kind }) => kind === 'robot') === true) return
  live.robot = { measured: robot.measured, commanded: robot.commanded, ageMs: robot.ageMs }
  if (robot.ageMs !== null) live.age.add(nowMs(), robot.ageMs)
}

const onBinary = (message: ArrayBuffer): void => {
  if (message.byteLength < headerBytes) return
  packetsSinceUpdate = true
  const header = readHeader(new DataView(message))
  const name = helloOf(store.state)?.channels[header.channel]?.name
  if (name === undefined) return
  live.countSeq(name, header.seq, header.capturedAtMs)
  if (header.kind === 'video') {
    view.offerPicture(header.channel, message)
    return
  }
  listening.take(header, message)
  live.soundFormat = listening.format
  const capturedMs = live.clock.toPage(header.capturedAtMs)
  if (shape.figure === 'sound' && capturedMs !== null) live.age.add(nowMs(), Math.max(0, nowMs() - capturedMs))
}

const socketAddress = new URL('ws', location.href)
socketAddress.protocol = socketAddress.protocol === 'https:' ? 'wss:' : 'ws:'
socketAddress.hash = ''

const connection: Connection = connect(
  {
    open: () => new WebSocket(socketAddress) as SocketLike,
    nowMs,
    chance: Math.random,
    later: (run, delayMs) => setTimeout(run, delayMs),
    cancel: (timer) => {
      clearTimeout(timer as number | undefined)
    },
  },
  {
    onLink: (link) => {
      store.dispatch({ is: 'link', link })
      update()
    },
    onText,
    onBinary,
  },
)

addEventListener('online', () => {
  connection.retry()
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) connection.retry()
})
// Time passes without messages too: what is stalled, and when it is tried again.
setInterval(update, updateMs)

/** All that moves moves in the same beat, every second frame of a common screen: half the work for what nobody sees. */
const beatMs = 1000 / 30
let nextBeatMs = 0
const frame = (atMs: number): void => {
  // Early by a hair is on the beat; what came late does not delay the ones after it.
  if (atMs >= nextBeatMs - 4) {
    nextBeatMs = Math.max(nextBeatMs + beatMs, atMs)
    view.frame(scene())
  }
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)
