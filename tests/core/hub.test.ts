import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Changes, type Json, withChanges } from '../../src/core/changes.js'
import { type Channel, Hub } from '../../src/core/hub.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import type { BinaryHeader, Codec, PacketJson, Rights, RunState } from '../../src/core/wire.js'
import { headerBytes, readHeader } from '../../src/core/wire.js'
import { runState } from '../web/page-fixtures.js'
import { runs } from '../helpers/runs.js'
import { inRoom, readFrames } from '../helpers/socket-frames.js'

const cloggedBytes = 256_000

/** A socket whose network takes what it is told to take, and whose client answers pings as long as it lives. */
function createClient(hub: Hub, rights?: Rights) {
  const sent: (string | Uint8Array)[] = []
  const compressed: string[] = []
  const closed: { readonly code: number; readonly reason: string }[] = []
  const pings: string[] = []
  let buffered = 0
  let answers = true
  const client = hub.join(
    {
      send: (data, compress) => {
        sent.push(data)
        if (compress) compressed.push(data)
      },
      write: (frames) => {
        const { message, ping } = readFrames(frames)
        sent.push(message)
        if (ping !== null) pings.push(ping)
      },
      bufferedBytes: () => buffered,
      ping: (words) => pings.push(words),
      close: (code, reason) => closed.push({ code, reason }),
    },
    rights,
  )
  /** Answers all that it was asked. */
  const pong = (): void => {
    for (const words of answers ? pings.splice(0) : []) client.pong(words)
  }
  const texts = (): Record<string, unknown>[] =>
    sent.flatMap((data) => (typeof data === 'string' ? [JSON.parse(data) as Record<string, unknown>] : []))
  const headers = (): readonly BinaryHeader[] =>
    sent.flatMap((data) => (typeof data === 'string' ? [] : [readHeader(new DataView(data.buffer, data.byteOffset))]))
  return {
    ...client,
    sent,
    compressed,
    closed,
    pings,
    pong,
    texts,
    headers,
    clog: (bytes: number) => (buffered = bytes),
    die: () => (answers = false),
    say: (message: object) => {
      client.received(JSON.stringify(message))
    },
    seqsOf: (channel: number) => headers().flatMap((header) => (header.channel === channel ? [header.seq] : [])),
    dataOf: (tap: string) =>
      texts()
        .flatMap(({ type, packets }) => (type === 'data' ? (packets as PacketJson[]) : []))
        .filter((packet) => packet.tap === tap),
    lostOf: (name: string) =>
      texts().reduce(
        (sum, { type, channel, count }) => (type === 'lost' && channel === name ? sum + Number(count) : sum),
        0,
      ),
    /** The state as a client has it after all that it was told. */
    stateNow: () =>
      texts().reduce<Record<string, Json> | null>((known, message) => {
        const { type, ...rest } = message as Record<string, Json>
        if (type === 'telemetry') return rest
        return type === 'changes' && known !== null ? withChanges(known, rest as Changes) : known
      }, null),
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
const upTo = (count: number): number[] => [...Array(count).keys()]

/** A picture to all who take it, as the sink gives it; returns the qualities that it was encoded in. */
function show(channel: Channel, seq: number): readonly number[] {
  const takers = channel.takers(75)
  takers.give(
    header(seq),
    takers.qualities.map(() => inRoom(payload)),
  )
  return takers.qualities
}

const sound = (seq: number, codec: Codec = 'pcm') => ({ ...header(seq), codec, quality: 0 })

function createScene() {
  const clock = createVirtualClock()
  const hub = new Hub(clock)
  let told = runState()
  hub.state = () => told
  const [video, audio, faces, head] = [
    hub.channel('video', 'video', ['jpeg']),
    hub.channel('audio', 'audio', ['pcm', 'opus']),
    hub.channel('faces', 'detections'),
    hub.channel('head', 'robot'),
  ]
  return {
    clock,
    hub,
    video,
    audio,
    faces,
    head,
    /** Virtual time goes on by so much. */
    pass: async (ms: number): Promise<void> => {
      const untilMs = clock.nowMs() + ms
      let there = false
      clock.at(untilMs, () => (there = true))
      await clock.run(() => there)
    },
    tell: (change: Partial<RunState> = {}): void => {
      told = { ...told, ...change, nowMs: clock.nowMs() }
      hub.tell(told)
    },
  }
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
        const { hub, pass, tell, ...channels } = createScene()
        const [fast, slow] = [createClient(hub), createClient(hub)]
        const born = { video: 0, audio: 0, faces: 0, head: 0 }
        let sinceFreeMs = 0
        /** One that takes nothing for 10 s is let go: here it takes something now and then. */
        const passes = async (ms: number): Promise<void> => {
          await pass(ms)
          sinceFreeMs += ms
          if (sinceFreeMs < 8000) return
          sinceFreeMs = 0
          slow.clog(0)
          tell()
        }
        const make = async (name: keyof typeof born): Promise<void> => {
          const seq = born[name]++
          if (name === 'video') show(channels.video, seq)
          else if (name === 'audio') channels.audio.sound(sound(seq), payload)
          else channels[name].data(packetJson(name, seq))
          fast.pong()
          slow.pong()
          // Others take their pictures and results as they come.
          await passes(name === 'audio' ? 0 : 34)
        }
        for (const act of moves) {
          if (act.do === 'clog') slow.clog(cloggedBytes + 1)
          else if (act.do === 'free') slow.clog(0)
          else if (act.do === 'tell') tell()
          else if (act.do === 'tick') await passes(500)
          else if ('times' in act) for (let n = 0; n < act.times; n++) await make(act.do)
        }
        slow.clog(0)
        // One more of each, so that what waits goes out.
        for (const name of ['video', 'audio', 'faces', 'head'] as const) await make(name)
        await pass(1000)
        tell()
        tell()
        for (const [number, name] of (['video', 'audio'] as const).entries()) {
          expect(fast.seqsOf(number)).toEqual(upTo(born[name]))
          const seqs = slow.seqsOf(number)
          expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
          expect(seqs.length + slow.lostOf(name), name).toBe(born[name])
        }
        for (const name of ['faces', 'head'] as const) {
          expect(fast.dataOf(name).map(({ seq }) => seq)).toEqual(upTo(born[name]))
          expect(slow.dataOf(name).length + slow.lostOf(name), `${name}: given and lost are all`).toBe(born[name])
        }
        for (const name of ['video', 'audio', 'faces', 'head']) expect(fast.lostOf(name)).toBe(0)
        const all = Object.values(born).reduce((sum, count) => sum + count, 0)
        for (const { pictures, sounds, packets, dropped, waiting } of hub.viewers.each)
          expect(pictures + sounds + packets + dropped.overflow + dropped.pace + waiting).toBe(all)
        const { all: sums, each } = hub.viewers
        expect(sums.packets).toBe(each.reduce((sum, one) => sum + one.packets, 0))
        hub.close('the end')
      }),
      { numRuns: runs(25) },
    )
  })

  test('the windows of a clogged client: 10 chunks of sound, 256 results, the newest of each; no picture is made for it', async () => {
    const { hub, video, audio, faces, pass, tell } = createScene()
    const slow = createClient(hub)
    const before = slow.sent.length
    slow.clog(cloggedBytes + 1)
    for (let seq = 0; seq < 1000; seq++) {
      expect(show(video, seq)).toEqual([])
      audio.sound(sound(seq), payload)
      faces.data(packetJson('faces', seq))
    }
    await pass(50)
    expect(slow.sent).toHaveLength(before)
    slow.clog(0)
    audio.sound(sound(1000), payload)
    faces.data(packetJson('faces', 1000))
    await pass(50)
    expect(slow.seqsOf(1)).toEqual(upTo(10).map((n) => n + 991))
    expect(slow.dataOf('faces').map(({ seq }) => seq)).toEqual(upTo(256).map((n) => n + 745))
    tell()
    expect(slow.lostOf('audio')).toBe(991)
    expect(slow.lostOf('faces')).toBe(745)
  })

  test('five pictures wait at most: those that were being made when the client was clogged', async () => {
    const { hub, video, pass } = createScene()
    const slow = createClient(hub)
    slow.say({ type: 'ack', channel: 0, seq: 0 })
    const made = []
    for (let seq = 0; seq < 8; seq++) {
      made.push({ seq, takers: video.takers(75) })
      await pass(34)
    }
    slow.clog(cloggedBytes + 1)
    for (const { seq, takers } of made) takers.give(header(seq), [inRoom(payload)])
    expect(slow.seqsOf(0)).toEqual([])
    slow.clog(0)
    slow.say({ type: 'ack', channel: 0, seq: 0 })
    expect(slow.seqsOf(0)).toEqual([3, 4, 5, 6, 7])
    expect(hub.viewers.each[0]).toMatchObject({ pictures: 5, dropped: { overflow: 3 } })
  })

  test('a client that acknowledges has at most three pictures it has not shown; others are not held back by it', async () => {
    const { hub, video, pass } = createScene()
    const [slow, fast] = [createClient(hub), createClient(hub)]
    slow.pong()
    show(video, 0)
    slow.say({ type: 'ack', channel: 0, seq: 0 })
    fast.pong()
    for (let seq = 1; seq <= 4; seq++) {
      await pass(34)
      show(video, seq)
      fast.pong()
    }
    expect(slow.seqsOf(0)).toEqual([0, 1, 2, 3])
    expect(fast.seqsOf(0)).toEqual(upTo(5))
    slow.say({ type: 'ack', channel: 0, seq: 3 })
    await pass(34)
    show(video, 5)
    expect(slow.seqsOf(0), 'the newest').toEqual([0, 1, 2, 3, 5])
  })

  test('encodes once for each quality that somebody takes, and not at all where nobody wants it', async () => {
    const { hub, video, pass } = createScene()
    expect(show(video, 0)).toEqual([])
    const clients = upTo(20).map(() => createClient(hub))
    const [slow, ...others] = clients
    for (const client of clients) client.pong()
    expect(show(video, 1)).toEqual([75])
    for (let seq = 2; seq < 20; seq++) {
      await pass(67)
      for (const client of others) client.pong()
      show(video, seq)
    }
    // The one whose pings are not answered is on a lower step by now, and gets one now and then.
    slow?.pong()
    slow?.pong()
    for (const client of others) client.pong()
    await pass(1100)
    expect(show(video, 20)).toEqual([20, 75])
    for (const client of clients) client.say({ type: 'want', channels: { video: false } })
    await pass(67)
    expect(show(video, 21)).toEqual([])
    expect(video.watched()).toBe(false)
    slow?.say({ type: 'want', channels: { video: {}, nonsense: {} } })
    expect(video.watched()).toBe(true)
    expect(clients.every(({ closed }) => closed.length === 0)).toBe(true)
  })

  test('gives sound in the codec that each wants, and results as often as each wants', async () => {
    const { hub, audio, faces, pass } = createScene()
    expect([...audio.wanted()]).toEqual([])
    const [pcm, opus, none] = [createClient(hub), createClient(hub), createClient(hub)]
    opus.say({ type: 'want', channels: { audio: { codec: 'opus' }, faces: { maxPerSecond: 10 } } })
    none.say({ type: 'want', channels: { audio: false, faces: false } })
    pcm.say({ type: 'want', channels: { audio: { codec: 'mulaw' } } })
    expect([...audio.wanted()].sort()).toEqual(['opus', 'pcm'])
    for (let seq = 0; seq < 50; seq++) {
      audio.sound(sound(seq, 'pcm'), payload)
      audio.sound(sound(seq, 'opus'), payload)
      faces.data(packetJson('faces', seq))
      await pass(20)
    }
    await pass(50)
    expect(pcm.headers().map(({ codec }) => codec)).toEqual(upTo(50).map(() => 'pcm'))
    expect(opus.headers().map(({ codec }) => codec)).toEqual(upTo(50).map(() => 'opus'))
    expect(none.headers()).toEqual([])
    expect([pcm, none].map((client) => client.dataOf('faces').length)).toEqual([50, 0])
    // Ten a second, and half a period of tolerance.
    expect(opus.dataOf('faces').length).toBeGreaterThanOrEqual(10)
    expect(opus.dataOf('faces').length).toBeLessThanOrEqual(11)
    expect(opus.lostOf('faces'), 'what nobody asked for is no loss').toBe(0)
  })

  test('law (W5): after the whole state come changes, and make the same of it for everyone, whenever it came and however slow', async () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b'),
      clients: fc.nat(3),
      memo: fc.dictionary(
        fc.constantFrom('x', 'y'),
        fc.record({ hits: fc.nat(2), misses: fc.nat(2), evictions: fc.nat(2) }),
      ),
    })
    const act = fc.oneof(change, fc.constantFrom('join' as const, 'clog' as const, 'free' as const))
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const { hub, tell, pass } = createScene()
        const clients = [createClient(hub)]
        let last: Partial<RunState> = {}
        for (const one of acts) {
          await pass(100)
          if (one === 'join') clients.push(createClient(hub))
          else if (one === 'clog') clients[0]?.clog(cloggedBytes + 1)
          else if (one === 'free') clients[0]?.clog(0)
          else tell((last = one))
        }
        clients[0]?.clog(0)
        await pass(100)
        tell(last)
        const expected = JSON.parse(JSON.stringify(hub.state?.())) as unknown
        for (const client of clients) expect(client.stateNow()).toEqual(expected)
        const wholes = clients
          .at(-1)
          ?.texts()
          .filter(({ type }) => type === 'telemetry')
        if (clients.length > 1) expect(wholes).toHaveLength(1)
        hub.close('the end')
      }),
      { numRuns: runs(60) },
    )
  })

  test('who does not want the state is not told it, and told whole when it does again', () => {
    const { hub, tell } = createScene()
    const one = createClient(hub)
    expect(hub.stateWanted).toBe(true)
    one.say({ type: 'want', channels: {}, state: false })
    expect(hub.stateWanted).toBe(false)
    tell({ name: 'a' })
    hub.tell(null)
    expect(one.sent).toHaveLength(2)
    one.say({ type: 'want', channels: {}, state: true })
    tell({ name: 'a' })
    tell({ name: 'b' })
    expect(one.texts().map(({ type }) => type)).toEqual([undefined, 'telemetry', 'telemetry', 'changes'])
    expect(one.stateNow()).toMatchObject({ name: 'b' })
  })

  test('only text above a size is worth compressing', () => {
    const { hub, video, tell } = createScene()
    const one = createClient(hub)
    show(video, 0)
    tell({ name: 'x'.repeat(3000) })
    expect(one.sent).toHaveLength(4)
    expect(one.compressed.map((text) => text.slice(0, 17))).toEqual(['{"type":"changes"'])
  })

  test('loss is told once a second at most, for each channel together', async () => {
    const { hub, faces, pass, tell } = createScene()
    const slow = createClient(hub)
    for (let round = 0; round < 30; round++) {
      slow.clog(cloggedBytes + 1)
      for (let n = 0; n < 300; n++) faces.data(packetJson('faces', n))
      await pass(50)
      slow.clog(0)
      await pass(50)
      tell()
    }
    const notices = slow.texts().filter(({ type }) => type === 'lost')
    expect(notices.length).toBeLessThanOrEqual(4)
    expect(notices.length).toBeGreaterThanOrEqual(3)
  })

  test('heartbeat: a dead peer is found within two, one that lives stays (W5)', async () => {
    const { hub, pass } = createScene()
    const [alive, dead] = [createClient(hub), createClient(hub)]
    await pass(29_000)
    alive.pong()
    dead.pong()
    dead.die()
    for (let second = 29; second < 90; second++) {
      await pass(1000)
      alive.pong()
    }
    expect(dead.closed).toEqual([{ code: 1001, reason: 'it gave no sign of life between two heartbeats' }])
    expect(alive.closed).toEqual([])
    expect(hub.clients).toBe(1)
    hub.close('the end')
  })

  test('commands: by rights, answered with their id, in words where they are refused', async () => {
    const { hub, pass } = createScene()
    const asked: unknown[] = []
    hub.control = (command) => {
      asked.push(command.do)
      if (command.do === 'reset') throw new Error('it is on fire')
      return Promise.resolve(command.do === 'look' ? { why: 'too dark', remedy: 'light' } : null)
    }
    const [viewer, driver, guard] = [
      createClient(hub),
      createClient(hub, { control: true, stop: false }),
      createClient(hub, { control: false, stop: true }),
    ]
    for (const client of [viewer, driver, guard]) {
      client.say({ type: 'do', id: 1, do: 'pause' })
      client.say({ type: 'do', id: 2, do: 'stop' })
      client.say({ type: 'do', id: 3, do: 'look', channel: 'video', atPx: [1, 2] })
      client.say({ type: 'do', id: 4, do: 'reset', name: 'head' })
    }
    await pass(10)
    const answers = (client: typeof viewer) =>
      client
        .texts()
        .filter(({ type }) => type === 'done' || type === 'refused')
        .map(({ type, id, why }) => [id, type, ...(why === undefined ? [] : [why])])
        .sort()
    expect(answers(viewer).map(([, type]) => type)).toEqual(['refused', 'refused', 'refused', 'refused'])
    expect(answers(driver)).toEqual([
      [1, 'done'],
      [2, 'refused', 'this connection may not stop'],
      [3, 'refused', 'too dark'],
      [4, 'refused', 'this connection may not reset'],
    ])
    expect(answers(guard)).toEqual([
      [1, 'refused', 'this connection may not pause'],
      [2, 'done'],
      [3, 'refused', 'this connection may not look'],
      [4, 'refused', 'it is on fire'],
    ])
    expect(asked).toEqual(['pause', 'look', 'stop', 'reset'])
  })

  test('tells the time, and a run without a handler refuses commands', async () => {
    const { hub, pass } = createScene()
    const one = createClient(hub, { control: true, stop: true })
    await pass(12)
    one.say({ type: 'time', clientMs: 7.5 })
    one.say({ type: 'do', id: 9, do: 'resume' })
    await pass(1)
    expect(one.texts().slice(2)).toEqual([
      { type: 'time', clientMs: 7.5, nowMs: 12 },
      {
        type: 'refused',
        id: 9,
        why: 'this run takes no commands',
        remedy: 'see controls in hello: it names what can be done',
      },
    ])
  })

  test('more than 200 messages a second, beyond 400 at once, closes with 1008', async () => {
    const { hub, pass } = createScene()
    const [busy, steady] = [createClient(hub), createClient(hub)]
    for (let n = 0; n < 400; n++) busy.say({ type: 'ack', channel: 0, seq: n })
    expect(busy.closed).toEqual([])
    busy.say({ type: 'ack', channel: 0, seq: 400 })
    expect(busy.closed).toEqual([{ code: 1008, reason: 'more than 200 messages a second' }])
    for (let n = 0; n < 2000; n++) {
      await pass(5)
      steady.say({ type: 'ack', channel: 0, seq: n })
    }
    expect(steady.closed).toEqual([])
  })

  test('law: what is no message of the protocol closes with 1008, for that client alone; nothing throws', () => {
    const good = fc.oneof(
      fc.record({ type: fc.constant('ack'), channel: fc.integer({ min: 0, max: 65_535 }), seq: fc.nat() }),
      fc.record({ type: fc.constant('time'), clientMs: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      fc.record({
        type: fc.constant('want'),
        channels: fc.dictionary(
          fc.constantFrom('video', 'audio', 'faces', '__proto__', 'constructor'),
          fc.oneof(
            fc.constant(false),
            fc.record({ maxPerSecond: fc.integer({ min: 1, max: 60 }) }, { requiredKeys: [] }),
          ),
        ),
      }),
      fc.record({ type: fc.constant('do'), id: fc.nat(), do: fc.constantFrom('pause', 'resume', 'stop', 'reset') }),
    )
    const bad = fc.oneof(
      fc.string().filter((text) => !text.trim().startsWith('{')),
      fc.json().filter((text) => !text.includes('"type"')),
      fc
        .tuple(good, fc.constantFrom('x', 'seq2', 'toString'), fc.jsonValue())
        .map(([message, key, value]) => JSON.stringify({ ...message, [key]: value })),
      fc
        .tuple(good, fc.constantFrom('', 'x', null, [], true))
        .map(([message, wrong]) =>
          JSON.stringify(
            Object.fromEntries(Object.keys(message).map((key) => [key, key === 'type' ? message.type : wrong])),
          ),
        ),
    )
    fc.assert(
      fc.property(bad, good, (garbage, message) => {
        const { hub, video } = createScene()
        const [hostile, other] = [createClient(hub), createClient(hub)]
        other.say(message)
        other.say({ type: 'want', channels: { video: {} } })
        hostile.received(garbage)
        expect(hostile.closed.map(({ code }) => code)).toEqual([1008])
        expect(other.closed).toEqual([])
        show(video, 0)
        expect(other.seqsOf(0)).toEqual([0])
        expect(hostile.seqsOf(0)).toEqual([])
      }),
      { numRuns: runs(300) },
    )
  })

  test('who was let go is neither sent to nor closed again, whatever it still says', () => {
    const { hub, audio } = createScene()
    const bad = createClient(hub)
    bad.clog(cloggedBytes + 1)
    audio.sound(sound(0), payload)
    bad.received('garbage')
    bad.clog(0)
    bad.say({ type: 'ack', channel: 0, seq: 0 })
    bad.pong()
    bad.received('garbage')
    expect(bad.closed).toHaveLength(1)
    expect(bad.headers()).toEqual([])
    expect(hub.clients).toBe(0)
    expect(hub.viewers.all).toMatchObject({ dropped: { gone: 1 }, waiting: 0 })
  })

  test('a client too slow to be told anything is let go once, with 1013 and a reason', async () => {
    const { hub, tell, pass } = createScene()
    const [slow, stuck] = [createClient(hub), createClient(hub)]
    slow.clog(8_000_001)
    slow.say({ type: 'time', clientMs: 0 })
    expect(slow.closed).toEqual([{ code: 1013, reason: 'too slow to be told the state' }])
    stuck.clog(cloggedBytes + 5000)
    for (let n = 0; n < 250; n++) {
      // It takes a little now and then, until it takes nothing.
      if (n < 100) stuck.clog(cloggedBytes + 5000 - n)
      tell({ name: String(n) })
      await pass(100)
    }
    expect(stuck.closed).toEqual([{ code: 1013, reason: 'too slow to be told the state: it took nothing for 10 s' }])
    expect(hub.clients).toBe(0)
  })

  test('one that was hidden for an hour with a picture in hand may say so', () => {
    const { hub, video } = createScene()
    const one = createClient(hub)
    show(video, 0)
    one.say({ type: 'ack', channel: 0, seq: 0, heldMs: 3_600_000 })
    expect(one.closed).toEqual([])
    one.say({ type: 'ack', channel: 0, seq: 0, heldMs: -1 })
    expect(one.closed).toHaveLength(1)
  })

  test('one that was clogged before, and took something since, has its 10 s anew', async () => {
    const { hub, video, tell, pass } = createScene()
    const one = createClient(hub)
    one.clog(cloggedBytes + 1)
    tell()
    one.clog(0)
    await pass(11_000)
    show(video, 0)
    one.clog(cloggedBytes + 1)
    tell()
    expect(one.closed).toEqual([])
    await pass(10_000)
    tell()
    expect(one.closed).toHaveLength(1)
  })

  test('greets by rights, batches results within 33 ms, and lets all go when it is closed', async () => {
    const { clock, hub, faces, head, video } = createScene()
    expect(video.watched()).toBe(false)
    faces.data(packetJson('faces', -1))
    hub.greet = (rights) => JSON.stringify({ type: 'hello', rights })
    const one = createClient(hub, { control: true, stop: false })
    expect(video.watched()).toBe(true)
    expect(one.texts()[0]).toEqual({ type: 'hello', rights: { control: true, stop: false } })
    expect(one.texts()[1]).toMatchObject({ type: 'telemetry', state: 'running' })
    faces.data(packetJson('faces', 0))
    head.data(packetJson('head', 0))
    expect(one.sent).toHaveLength(2)
    await clock.run(() => one.sent.length > 2)
    expect(clock.nowMs()).toBe(33)
    expect(one.texts()[2]).toMatchObject({
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
    expect(one.sent, 'no timer and nothing to send is left').toHaveLength(3)
    expect(clock.timers()).toBe(0)
  })

  test('a picture goes out behind its header, byte by byte', () => {
    const { hub, video } = createScene()
    const one = createClient(hub)
    video.takers(75).give({ ...header(7), lost: 3 }, [inRoom(payload)])
    const got = one.sent.at(-1) as Uint8Array
    expect(readHeader(new DataView(got.buffer, got.byteOffset))).toEqual({
      ...header(7),
      lost: 3,
      channel: 0,
      kind: 'video',
    })
    expect([...got.subarray(headerBytes)]).toEqual([1, 2, 3])
  })
})
