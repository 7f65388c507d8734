// What both sides of `sinks` share: the pictures, the viewers, and what is measured.
import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { answerTurns } from './turns.mjs'

export const [widthPx, heightPx, perSecond, quality] = [640, 480, 15, 75]

/** Pictures with edges and shades, as a room has them; a few, by turns, so that none is the one before. */
export function pictures(count = 8) {
  return Array.from({ length: count }, (_, n) => {
    const bytes = new Uint8Array(new SharedArrayBuffer(widthPx * heightPx * 3))
    for (let y = 0, at = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++) {
        const shade = 90 + 60 * Math.sin((x + 9 * n) / 37) + 40 * Math.cos((y * x) / 9000)
        const edge = ((x + 4 * n) >> 5) + (y >> 5)
        const grain = ((x * 7919 + y * 104_729 + n * 31) % 13) - 6
        for (let c = 0; c < 3; c++) bytes[at++] = shade + (edge % 3 === c ? 30 : 0) + grain
      }
    }
    return bytes
  })
}

/** On one clock in all processes of a machine. */
export const wallMs = () => performance.timeOrigin + performance.now()

/** When the last of all sockets had a picture, after its capture: what is written is looked at, in the same way on both sides. */
export function watchWrites(offsetMs = 0) {
  const byFrame = new Map()
  const { _writeGeneric: write } = Socket.prototype
  Socket.prototype._writeGeneric = function (several, data, ...rest) {
    // By hand: the head of a frame, then its message. Ours: both in one.
    const bytes = several ? data.at(-1).chunk : data
    const from = several ? 0 : bytes[1] === 127 ? 10 : 4
    const result = write.call(this, several, data, ...rest)
    if (!(bytes.byteLength > 10_000)) return result
    const view = new DataView(bytes.buffer, bytes.byteOffset + from)
    byFrame.set(view.getUint32(4, true), wallMs() - view.getFloat64(8, true) - offsetMs)
    return result
  }
  return byFrame
}

/** Viewers in a process of their own: what they got, and how old it was. */
export function viewers(url, words) {
  const script = fileURLToPath(new URL('./viewers.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, url, ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value)
  return {
    ready: next(),
    /** What came since the last call. */
    async take() {
      child.stdin.write('take\n')
      return next()
    },
    async end() {
      child.stdin.end()
      await new Promise((resolve) => child.once('close', resolve))
    },
  }
}

/**
 * Answers turns: offers pictures on the beat, and tells the CPU of a frame and what viewers got.
 *
 * @param offer gives the picture of that number to all
 */
export async function measureTurns({ url, count, offer, byFrame, offsetMs = 0 }) {
  const crowd = viewers(url, [count, offsetMs])
  await crowd.ready
  let seq = 0
  const offerFor = async (forMs, rate) => {
    const startMs = performance.now()
    for (let n = 0; performance.now() < startMs + forMs; n++) {
      offer(seq++)
      await new Promise((resolve) => setTimeout(resolve, startMs + ((n + 1) * 1000) / rate - performance.now()))
    }
  }
  answerTurns(async ({ settleMs, settleRate = perSecond, forMs }) => {
    await offerFor(settleMs, settleRate)
    await crowd.take()
    byFrame.clear()
    const [before, from] = [process.cpuUsage(), seq]
    await offerFor(forMs, perSecond)
    const { user, system } = process.cpuUsage(before)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { ages, pictures } = await crowd.take()
    const frames = seq - from
    const toWire = [...byFrame.values()]
    return { toWire, ages, cpuMsPerFrame: (user + system) / 1000 / frames, share: pictures / (frames * count) }
  })
}
