import { readHeader, headerBytes, type ClientMessage, type PacketJson } from '../../src/core/wire.js'
import { openConnection, socketWorld, ToldState } from '../../src/client/index.js'
import { remember, remembered } from './dom/remembered.js'
import { Commands } from './live/commands.js'
import { LiveData } from './live/live-data.js'
import { channelWants } from './logic/channel-wants.js'
import { commandWords } from './logic/command-words.js'
import { keyAction } from './logic/key-action.js'
import { offersOf } from './logic/offers.js'
import { pace } from './logic/pace.js'
import { readKeys } from './logic/page-keys.js'
import { pageShape, type PageShape } from './logic/page-shape.js'
import { helloOf, runOf } from './logic/page-state.js'
import { situationOf } from './logic/situation.js'
import { Listening } from './sound/listening.js'
import { createStore } from './store.js'
import { page } from './views/page.js'
import type { Scene, World } from './views/view.js'

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
  codecChanged: () => {
    askForChannels()
  },
  ageMs: (capturedAtMs) => {
    const capturedMs = live.clock.toPage(capturedAtMs)
    return capturedMs === null ? null : nowMs() - capturedMs
  },
})
const send = (message: ClientMessage): void => {
  connection.send(JSON.stringify(message))
}
const askForChannels = (): void => {
  const channels = helloOf(store.state)?.channels
  if (channels === undefined) return
  const [listens, codec] = [listening.player.listening, listening.codec]
  send({ type: 'want', channels: channelWants(channels, { seen: !document.hidden, listening: listens, codec }) })
}
const told = new ToldState()

const commands = new Commands({
  send,
  later: (run, delayMs) => setTimeout(run, delayMs),
  cancel: (timer) => {
    clearTimeout(timer as number | undefined)
  },
})
const tell = (title: string, text: string): void => {
  store.dispatch({ is: 'message', message: { title, text } })
  update()
}
const world: World = {
  send,
  listening,
  ask: async (command) => {
    const answer = await commands.ask(command)
    if (answer.is === 'refused') {
      const why = /[.!?]$/.test(answer.why) ? answer.why : `${answer.why}.`
      tell(`The run refused ${commandWords(command)}`, `${why} ${answer.remedy}`)
    } else world.dismiss()
    return answer
  },
  retry: () => {
    connection.retry()
  },
  tell,
  setKeys: (keys) => {
    store.dispatch({ is: 'keys', keys })
    remember('keys', JSON.stringify(keys))
    update()
  },
  dismiss: () => {
    if (store.state.message === null) return
    store.dispatch({ is: 'message', message: null })
    update()
  },
}
store.dispatch({ is: 'keys', keys: readKeys(remembered('keys')) })
const view = page(world)
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
  } else if (kind === 'detections') live.detections.add(packet.tap, packet.origin, packet.seq, packet.value)
  else if (kind === 'voice') live.addVoice(packet, shape.sound === null)
  else if (kind === 'data') live.addWords(packet)
}

const onText = (text: string): void => {
  const message = told.read(text)
  switch (message?.type) {
    case 'hello':
      // A run that came back is another run: its clock starts anew.
      live.clear()
      listening.greet(message.channels)
      store.dispatch({ is: 'hello', hello: message, atMs: nowMs() })
      askForChannels()
      break
    case 'telemetry':
      live.clock.add(message.nowMs, nowMs())
      store.dispatch({ is: 'telemetry', run: message, atMs: nowMs() })
      live.stages.add(nowMs(), message.stages)
      takeRobotOf(message.robot)
      break
    case 'data':
      packetsSinceUpdate = true
      for (const packet of message.packets) takePacket(packet)
      return
    case 'lost':
      store.dispatch({ is: 'lost', channel: message.channel, count: message.count })
      return
    case 'set':
      store.dispatch({ is: 'set', stage: message.stage, option: message.option, value: message.value })
      update()
      return
    case 'done':
    case 'refused':
      commands.take(message)
      return
    case 'time':
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
    if (header.channel === shape.pictures[0]?.index)
      live.recording.addPicture(header.capturedAtMs, new Uint8Array(message, headerBytes))
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

const connection = openConnection(socketWorld(socketAddress.href, []), {
  onLink: (link) => {
    store.dispatch({ is: 'link', link })
    if (link.is !== 'open') commands.lost()
    update()
  },
  onText,
  onBinary,
})

addEventListener('keydown', (event) => {
  const { target, key, repeat } = event
  const on =
    target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null
      ? 'text'
      : target instanceof Element && target.closest('button, a, summary, [role="button"]') !== null
        ? 'button'
        : 'other'
  const modified = event.ctrlKey || event.altKey || event.metaKey
  const action = keyAction({ key, repeat, modified, on }, offersOf(store.state), store.state.keys)
  if (action === null) return
  event.preventDefault()
  void world.ask({ do: action })
})
addEventListener('online', () => {
  connection.retry()
})
const sightChanged = (): void => {
  store.dispatch({ is: 'seen', sinceMs: document.hidden ? null : nowMs() })
  askForChannels()
}
document.addEventListener('visibilitychange', () => {
  sightChanged()
  if (document.hidden) return
  live.goOn()
  connection.retry()
})
sightChanged()
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
