import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Hub } from '../../src/core/hub.js'
import type { PacketJson } from '../../src/core/wire.js'
import { headerBytes, readHeader } from '../../src/core/wire.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'

const fullBytes = 1_000_000

/** A socket whose network takes what it is told to take. */
function createClient(hub: Hub) {
  const sent: (string | Uint8Array)[] = []
  const closed: { readonly code: number; readonly reason: string }[] = []
  let buffered = 0
  const client = hub.join({
    send: (data) => sent.push(data),
    bufferedBytes: () => buffered,
    close: (code, reason) => closed.push({ code, reason }),
  })
  const texts = (): Record<string, unknown>[] =>
    sent.flatMap((data) => (typeof data === 'string' ? [JSON.parse(data) as Record<string, unknown>] : []))
  return {
    ...client,
    sent,
    closed,
    clog: (bytes: number) => (buffered = bytes),
    texts,
    seqsOf: (channel: number) =>
      sent.flatMap((data) => {
        if (typeof data === 'string') return []
        const header = readHeader(new DataView(data.buffer, data.byteOffset))
        return header.channel === channel ? [header.seq] : []
      }),
    dataOf: (tap: string) =>
      texts()
        .flatMap(({ type, packets }) => (type === 'data' ? (packets as PacketJson[]) : []))
        .filter((packet) => packet.tap === tap),
    lostOf: (name: string) =>
      texts().reduce(
        (sum, { type, channel, count }) => (type === 'lost' && channel === name ? sum + Number(count) : sum),
        0,
      ),
  }
}

const header = (seq: number) => ({
  seq,
  lost: 0,
  capturedAtMs: seq,
  stamp: 'medium' as const,
  codec: 'jpeg' as const,
  quality: 75,
  sourceWidthPx: 4,
  sourceHeightPx: 2,
})
const payload = new Uint8Array([1, 2, 3])
const packetJson = (tap: string, seq: number): PacketJson => {
  return { tap, origin: 'room', seq, capturedAtMs: 0, stamp: 'medium', ageMs: 0, lost: 0, value: null }
}
const ack = (channel: number, seq: number): string => JSON.stringify({ type: 'ack', channel, seq })
const upTo = (count: number): number[] => [...Array(count).keys()]

function createScene() {
  const clock = createVirtualClock()
  const hub = new Hub(clock)
  const [video, audio, faces, head] = [
    hub.channel('video', 'video'),
    hub.channel('audio', 'audio'),
    hub.channel('faces', 'detections'),
    hub.channel('head', 'robot'),
  ]
  return { clock, hub, video, audio, faces, head }
}

describe('Hub', () => {
  const move = fc.oneof(
    fc.record({
      do: fc.constantFrom('video' as const, 'audio' as const, 'faces' as const, 'head' as const),
      times: fc.integer({ min: 1, max: 300 }),
    }),
    fc.record({ do: fc.constantFrom('clog' as const, 'free' as const, 'tell' as const, 'tick' as const) }),
  )

  test('law (W1–W3): a clogged client loses its own, within bounds, and is told exactly what; the other loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
        const { clock, hub, ...channels } = createScene()
        const [fast, slow] = [createClient(hub), createClient(hub)]
        const born = { video: 0, audio: 0, faces: 0, head: 0 }
        for (const act of moves) {
          if (act.do === 'clog') slow.clog(fullBytes + 1)
          else if (act.do === 'free') slow.clog(0)
          else if (act.do === 'tell') hub.tellLosses()
          else if (act.do === 'tick') await clock.run(() => false)
          else if ('times' in act) {
            for (let n = 0; n < act.times; n++) {
              const seq = born[act.do]++
              if (act.do === 'video') channels.video.picture(header(seq), payload)
              else if (act.do === 'audio') channels.audio.sound(header(seq), payload)
              else channels[act.do].data(packetJson(act.do, seq))
              // Others take their results as they come.
              if (act.do === 'faces' || act.do === 'head') await clock.run(() => false)
            }
          }
        }
        slow.clog(0)
        for (const name of ['video', 'audio', 'faces', 'head'] as const) {
          // One more of each, so that what waits goes out.
          const seq = born[name]++
          if (name === 'video') channels.video.picture(header(seq), payload)
          else if (name === 'audio') channels.audio.sound(header(seq), payload)
          else channels[name].data(packetJson(name, seq))
        }
        await clock.run(() => false)
        hub.tellLosses()
        hub.tellLosses()
        for (const [number, name] of (['video', 'audio'] as const).entries()) {
          expect(fast.seqsOf(number)).toEqual(upTo(born[name]))
          const seqs = slow.seqsOf(number)
          expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
          expect(seqs.length + slow.lostOf(name)).toBe(born[name])
        }
        for (const name of ['faces', 'head'] as const) {
          expect(fast.dataOf(name).map(({ seq }) => seq)).toEqual(upTo(born[name]))
          expect(slow.dataOf(name).length + slow.lostOf(name), `${name}: given and lost are all`).toBe(born[name])
        }
        expect([fast.lostOf('video'), fast.lostOf('audio'), fast.lostOf('faces'), fast.lostOf('head')]).toEqual([
          0, 0, 0, 0,
        ])
      }),
      { numRuns: 60 },
    )
  })

  test('the windows of a clogged client: 5 pictures, 10 chunks of sound, 256 results, the newest of each', async () => {
    const { clock, hub, video, audio, faces } = createScene()
    const slow = createClient(hub)
    slow.clog(fullBytes + 1)
    for (let seq = 0; seq < 1000; seq++) {
      video.picture(header(seq), payload)
      audio.sound(header(seq), payload)
      faces.data(packetJson('faces', seq))
    }
    await clock.run(() => false)
    expect(slow.sent, 'only the greeting').toHaveLength(1)
    slow.clog(0)
    video.picture(header(1000), payload)
    audio.sound(header(1000), payload)
    faces.data(packetJson('faces', 1000))
    await clock.run(() => false)
    expect(slow.seqsOf(0)).toEqual([996, 997, 998, 999, 1000])
    // The picture let all that waited go out, so that the last sound came on top.
    expect(slow.seqsOf(1)).toEqual(upTo(11).map((n) => n + 990))
    expect(slow.dataOf('faces').map(({ seq }) => seq)).toEqual(upTo(256).map((n) => n + 745))
  })

  test('a client that acknowledges has at most three pictures it has not shown; others are not held back by it', () => {
    const { hub, video } = createScene()
    const [slow, fast] = [createClient(hub), createClient(hub)]
    video.picture(header(0), payload)
    slow.received(ack(0, 0))
    for (let seq = 1; seq <= 10; seq++) video.picture(header(seq), payload)
    expect(slow.seqsOf(0)).toEqual([0, 1, 2, 3])
    expect(fast.seqsOf(0)).toEqual(upTo(11))
    slow.received(ack(0, 1))
    expect(slow.seqsOf(0), 'the oldest that still waits').toEqual([0, 1, 2, 3, 6])
    hub.tellLosses()
    expect([slow.lostOf('video'), fast.lostOf('video')]).toEqual([2, 0])
  })

  test('law: what is no message of the protocol closes with 1008, for that client alone; nothing throws', () => {
    const message = fc.record({ type: fc.constant('ack'), channel: fc.integer({ min: 0, max: 65_535 }), seq: fc.nat() })
    const nearly = fc.record(
      { type: fc.constant('ack'), channel: fc.anything(), seq: fc.anything() },
      { requiredKeys: [] },
    )
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      nearly.map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(text, message, (garbage, good) => {
        const { hub, video } = createScene()
        const [bad, other] = [createClient(hub), createClient(hub)]
        other.received(JSON.stringify(good))
        bad.received(garbage)
        let understood: boolean
        try {
          const { type, channel, seq, ...rest } = JSON.parse(garbage) as Record<string, unknown>
          understood =
            type === 'ack' &&
            [channel, seq].every(Number.isInteger) &&
            Object.keys(rest).length === 0 &&
            Number(channel) >= 0 &&
            Number(channel) <= 65_535 &&
            Number(seq) >= 0 &&
            Number(seq) <= 0xffffffff
        } catch {
          understood = false
        }
        expect(bad.closed.map(({ code }) => code)).toEqual(understood ? [] : [1008])
        expect(other.closed).toEqual([])
        video.picture(header(0), payload)
        expect(other.seqsOf(0)).toEqual([0])
        if (!understood) expect(bad.seqsOf(0)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('who was let go is neither sent to nor closed again, whatever it still says', () => {
    const { hub, video } = createScene()
    const bad = createClient(hub)
    bad.clog(fullBytes + 1)
    video.picture(header(0), payload)
    bad.received('garbage')
    bad.clog(0)
    bad.received(ack(0, 0))
    bad.received('garbage')
    expect(bad.closed).toHaveLength(1)
    expect(bad.seqsOf(0)).toEqual([])
    expect(hub.clients).toBe(0)
  })

  test('a client too slow to be told anything is let go once, with 1013 and a reason', () => {
    const { hub, video, audio } = createScene()
    const slow = createClient(hub)
    slow.clog(8_000_001)
    for (let seq = 0; seq < 20; seq++) {
      video.picture(header(seq), payload)
      audio.sound(header(seq), payload)
    }
    hub.tellLosses()
    hub.broadcast('{}')
    expect(slow.closed).toEqual([{ code: 1013, reason: 'too slow to be told the state' }])
    expect(hub.clients).toBe(0)
  })

  test('greets, batches results within 33 ms, and lets all go when it is closed', async () => {
    const { clock, hub, faces, head, video } = createScene()
    expect(video.watched()).toBe(false)
    faces.data(packetJson('faces', -1))
    hub.greet = () => '{"type":"hello"}'
    const one = createClient(hub)
    expect(video.watched()).toBe(true)
    expect(one.texts()).toEqual([{ type: 'hello' }])
    faces.data(packetJson('faces', 0))
    head.data(packetJson('head', 0))
    expect(one.sent).toHaveLength(1)
    await clock.run(() => false)
    expect(clock.nowMs()).toBe(33)
    expect(one.texts()[1]).toMatchObject({
      type: 'data',
      packets: [
        { tap: 'faces', seq: 0 },
        { tap: 'head', seq: 0 },
      ],
    })
    faces.data(packetJson('faces', 1))
    hub.close('the run has ended')
    expect(one.closed).toEqual([{ code: 1001, reason: 'the run has ended' }])
    await clock.run(() => false)
    expect(one.sent, 'no timer and nothing to send is left').toHaveLength(2)
  })

  test('a picture goes out behind its header, byte by byte', () => {
    const { hub, video } = createScene()
    const one = createClient(hub)
    video.picture({ ...header(7), lost: 3 }, payload)
    const message = one.sent.at(-1) as Uint8Array
    expect(readHeader(new DataView(message.buffer))).toEqual({ ...header(7), lost: 3, channel: 0, kind: 'video' })
    expect([...message.subarray(headerBytes)]).toEqual([1, 2, 3])
  })
})
