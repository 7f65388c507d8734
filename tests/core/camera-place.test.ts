import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DecodeJpeg } from '../../src/core/adapters.js'
import { CameraPlace } from '../../src/core/camera-place.js'
import { cameraHeaderBytes, type CameraHeader, type ToCamera, writeCameraHeader } from '../../src/core/camera-wire.js'
import type { DecodedPicture, TrackReader } from '../../src/core/media-source.js'
import { createPool } from '../../src/core/pool.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { runs } from '../helpers/runs.js'

const wish = { format: 'gray', fitPx: [640, 640] } as const
const sound = { sampleRateHz: 16_000, samplesPerChunk: 320 }
/** The browser's clock is that much behind. */
const behindMs = 500

/** A picture that says its size, as a JPEG does, and no more. */
const jpegOf = (widthPx: number, heightPx: number, ...rest: readonly number[]): number[] => {
  const size = [heightPx >> 8, heightPx & 255, widthPx >> 8, widthPx & 255]
  return [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, ...size, 1, 1, 0x11, 0, ...rest]
}

/** A place, its stream opened as a plan opens it, and time that is told to pass. */
function setUp() {
  const clock = createVirtualClock()
  const told: string[] = []
  const pool = createPool()
  const place = new CameraPlace(clock, (text) => told.push(text))
  let decoding: (() => void)[] = []
  let hold = false
  const decode: DecodeJpeg = async (jpeg, frame) => {
    if (hold) await new Promise<void>((resolve) => decoding.push(resolve))
    if (jpeg.at(-1) === 0xee) throw new Error('breaks off')
    frame.bytes.fill(jpeg.at(-1) ?? 0)
  }
  const passes = (ms: number): Promise<void> => {
    let over = false
    clock.at(clock.nowMs() + ms, () => {
      over = true
    })
    return clock.run(() => over)
  }
  const open = (stream = 'room') => place.open(stream, () => Promise.resolve(decode))
  return {
    clock,
    told,
    pool,
    place,
    open,
    passes,
    holdDecoding: () => (hold = true),
    goOnDecoding: () => {
      hold = false
      for (const go of decoding) go()
      decoding = []
    },
  }
}

type World = ReturnType<typeof setUp>

/** A browser that keeps to the protocol, as far as a test wants. */
function browser({ place, clock }: World, id = 'browser-1') {
  const sent: ToCamera[] = []
  const closed: { readonly code: number; readonly reason: string }[] = []
  const socket = place.join({
    send: (data) => {
      sent.push(JSON.parse(data) as ToCamera)
    },
    write: () => undefined,
    bufferedBytes: () => 0,
    ping: () => undefined,
    close: (code, reason) => closed.push({ code, reason }),
  })
  const nowMs = (): number => clock.nowMs() - behindMs
  const say = (message: unknown): void => {
    socket.received(JSON.stringify(message))
  }
  /** Answers the last question that was not answered yet. */
  const answer = (): void => {
    const question = sent.findLast((message) => message.type === 'time')
    say({ type: 'time', serverMs: question?.serverMs, clientMs: nowMs() })
  }
  const send = (header: Partial<CameraHeader>, payload: readonly number[]): void => {
    const bytes = new Uint8Array(cameraHeaderBytes + payload.length)
    const usual = { kind: 'video', stamp: 'captured', seq: 0, capturedAtMs: nowMs() } as const
    writeCameraHeader({ ...usual, sourceWidthPx: 64, sourceHeightPx: 48, ...header }, new DataView(bytes.buffer))
    bytes.set(payload, cameraHeaderBytes)
    socket.receivedBytes(bytes)
  }
  return {
    ...socket,
    sent,
    closed,
    nowMs,
    say,
    answer,
    send,
    picture: (seq: number, header: Partial<CameraHeader> = {}, last = 7): void => {
      send({ seq, ...header }, jpegOf(64, 48, last))
    },
    hello: (more: object = {}): void => {
      say({ type: 'hello', version: 1, id, label: 'Chrome on Linux', video: true, audio: true, ...more })
    },
    acks: (): number[] => sent.flatMap((message) => (message.type === 'ack' ? [message.seq] : [])),
    wants: () => sent.filter((message) => message.type === 'want'),
  }
}

/** A browser that is in its place, its clock known. */
function placed(world: World, id?: string) {
  const one = browser(world, id)
  one.hello()
  for (let i = 0; i < 6; i++) one.answer()
  return one
}

const ownsUp = async (world: World, reader: TrackReader<unknown>): Promise<void> => {
  await reader.close()
  world.place.close('the test ends')
  expect(world.pool.count().lent).toBe(0)
  expect(world.clock.timers()).toBe(0)
}

const taken = (picture: DecodedPicture | null): DecodedPicture => {
  if (picture === null) throw new Error('there was no picture')
  picture.frame.release()
  return picture
}

describe('a stream that waits for a browser', () => {
  test('says so once, and where to go', async () => {
    const world = setUp()
    world.place.openAt = 'http://127.0.0.1:4747/'
    const medium = world.open()
    const video = medium.video(wish, world.pool)
    const audio = medium.audio(sound)
    expect(world.told).toEqual([
      'room: waits for a browser\'s camera and microphone: open http://127.0.0.1:4747/ and press "Use this camera and microphone"',
    ])
    expect(world.place.state()).toMatchObject({ stream: 'room', video: true, audio: true, from: null, offsetMs: null })
    const one = placed(world)
    expect(world.place.state()).toMatchObject({ from: 'Chrome on Linux', offsetMs: behindMs, uncertaintyMs: 0 })
    one.gone()
    expect(world.told.slice(1)).toEqual([
      'room: the camera and microphone of Chrome on Linux are here',
      'room: Chrome on Linux has gone',
      world.told[0],
    ])
    await audio.close()
    await ownsUp(world, video)
    expect(world.place.state()).toBeNull()
    expect(world.told).toHaveLength(4)
  })

  test('tells a browser what it takes, once its clock is known, and when that changes', async () => {
    const world = setUp()
    const medium = world.open()
    const video = medium.video({ format: 'gray', fitPx: null }, world.pool)
    const one = browser(world)
    one.hello()
    expect(one.wants()).toEqual([])
    one.answer()
    const audio = medium.audio(sound)
    await audio.close()
    const picture = { type: 'want', video: { fitPx: [1280, 1280] }, audio: null, mostUnacked: 3 }
    expect(one.wants()).toEqual([picture, { ...picture, audio: sound }, picture])
    await ownsUp(world, video)
    expect(one.closed).toEqual([{ code: 1001, reason: 'the test ends' }])
  })

  test('is the only one: a second is refused, until the first has closed', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    expect(() => world.open('door')).toThrow('cannot open browser: again: room has it, and a run takes one browser')
    await video.close()
    await ownsUp(world, world.open('door').video(wish, world.pool))
  })

  test('pending and later readings end with null when it closes', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const pending = video.next()
    await ownsUp(world, video)
    expect(await pending).toBeNull()
    expect(await video.next()).toBeNull()
  })
})

describe('pictures', () => {
  test('come with the time of their capture on our clock, and how far that may be wrong', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = browser(world)
    one.hello()
    await world.passes(4)
    one.answer() // read half a way later than the estimate thinks: within its error
    one.picture(0, { capturedAtMs: one.nowMs() - 40, sourceWidthPx: 1280, sourceHeightPx: 960 }, 0)
    one.send({ seq: 1, capturedAtMs: one.nowMs() - 40, sourceWidthPx: 1280, sourceHeightPx: 960 }, jpegOf(640, 480, 9))
    const picture = await video.next()
    expect(picture?.captured?.atMs).toBe(4 - 40 - 2)
    expect(picture?.captured?.stamp).toEqual({ kind: 'browser', uncertaintyMs: 2 + 4 * 50e-6 })
    expect(picture?.frame.geometry).toMatchObject({ sourceWidthPx: 1280, sourceHeightPx: 960, scaleX: 2, scaleY: 2 })
    expect(picture?.frame.bytes[0]).toBe(9)
    taken(picture)
    // The first was of the wrong size (64×48 of 1280×960), but a newer one had taken its place by then.
    expect(video.takeLost()).toBe(1)
    expect(one.acks()).toEqual([0, 1])
    await ownsUp(world, video)
  })

  test('one that the browser did not stamp counts as stamped on arrival', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    placed(world).picture(0, { stamp: 'arrived' })
    expect(taken(await video.next()).captured?.stamp.kind).toBe('arrival')
    await ownsUp(world, video)
  })

  test('law: each number is taken or told as lost, once; what is taken goes forward; all are acknowledged', async () => {
    // A step: a picture (after so many that were left out; whole, broken or of a wrong size), or the reader takes one.
    const step = fc.oneof(
      fc.record({ skipped: fc.nat(3), as: fc.constantFrom('whole', 'broken', 'size') }),
      fc.constant('take' as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = setUp()
        const video = world.open().video(wish, world.pool)
        const one = placed(world)
        let sentUpTo = 0
        let sent = 0
        const times: number[] = []
        let position = 0
        let asked: Promise<unknown> | null = null
        const read = (): Promise<unknown> =>
          video.next().then((picture) => {
            asked = null
            if (picture === null) return
            position += video.takeLost()
            position++
            times.push(picture.captured?.atMs ?? NaN)
            picture.frame.release()
          })
        one.picture(0)
        sent++
        for (const what of steps) {
          if (what === 'take') {
            asked ??= read()
            await world.passes(1)
            continue
          }
          sentUpTo += what.skipped + 1
          sent++
          if (what.as === 'size') one.send({ seq: sentUpTo }, jpegOf(32, 48, 7))
          else one.picture(sentUpTo, {}, what.as === 'broken' ? 0xee : 7)
          await world.passes(1)
        }
        // One that is surely taken ends the count.
        one.picture(sentUpTo + 1)
        asked ??= read()
        await asked
        expect(position).toBe(sentUpTo + 2)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        expect(one.acks().toSorted((a, b) => a - b)).toHaveLength(sent + 1)
        expect(new Set(one.acks()).size).toBe(sent + 1)
        await ownsUp(world, video)
      }),
      { numRuns: runs(150) },
    )
  })

  test('while one is decoded the newest waits, and no other', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = placed(world)
    world.holdDecoding()
    const first = video.next()
    one.picture(0)
    await world.passes(1)
    expect(one.acks()).toEqual([])
    for (const seq of [1, 2, 3]) one.picture(seq)
    expect(one.acks()).toEqual([1, 2])
    world.goOnDecoding()
    taken(await first)
    expect(video.takeLost()).toBe(0)
    taken(await video.next())
    expect(video.takeLost()).toBe(2)
    expect(one.acks()).toEqual([1, 2, 0, 3])
    await ownsUp(world, video)
  })

  test('a frame that is being decoded when the stream closes is given back', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    world.holdDecoding()
    const pending = video.next()
    placed(world).picture(0)
    await world.passes(1)
    expect(world.pool.count().lent).toBe(1)
    const closing = video.close()
    world.goOnDecoding()
    expect(await pending).toBeNull()
    await closing
    await ownsUp(world, video)
  })

  test.each([
    ['older than a robot should act on', 'old', { seq: 1, capturedAtMs: -5001 - behindMs }],
    ['one that goes back in number', 'order', { seq: 0 }],
    ['one of the same number', 'order', { seq: 0 }],
  ] as const)('%s is left out, and counted', async (_, why, header) => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = placed(world)
    one.picture(0)
    taken(await video.next())
    one.picture(0, header)
    expect(world.place.state()?.dropped).toEqual({ [why]: 1 })
    expect(one.closed).toEqual([])
    await ownsUp(world, video)
  })

  test('one from the future was captured by now', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    placed(world).picture(0, { capturedAtMs: 1e300 })
    expect(taken(await video.next()).captured?.atMs).toBe(0)
    await ownsUp(world, video)
  })

  test('one that comes before its clock is known is left out', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = browser(world)
    one.hello()
    one.picture(0)
    expect(world.place.state()?.dropped).toEqual({ early: 1 })
    await ownsUp(world, video)
  })
})

describe('sound', () => {
  const chunk = (value: number): number[] => Array.from({ length: 320 }, () => [value & 255, (value >> 8) & 255]).flat()
  const header = { kind: 'audio', sourceWidthPx: 16_000, sourceHeightPx: 1 } as const

  test('comes chunk by chunk, with its time, and what was left out is told', async () => {
    const world = setUp()
    const audio = world.open().audio(sound)
    const one = placed(world)
    one.send({ ...header, seq: 5, capturedAtMs: one.nowMs() - 30 }, chunk(-16_384))
    one.send({ ...header, seq: 8, capturedAtMs: one.nowMs() - 10 }, chunk(32_767))
    const first = await audio.next()
    expect(first?.captured?.atMs).toBe(-30)
    expect(first?.samples).toEqual(new Float32Array(320).fill(-0.5))
    expect(audio.takeLost()).toBe(0)
    const second = await audio.next()
    expect(second?.samples[0]).toBeCloseTo(1, 4)
    expect(audio.takeLost()).toBe(2)
    expect(one.acks()).toEqual([])
    await ownsUp(world, audio)
  })

  test('a chunk of another length or rate is left out, and counted', async () => {
    const world = setUp()
    const audio = world.open().audio(sound)
    const one = placed(world)
    one.send({ ...header, seq: 0 }, chunk(1).slice(1))
    one.send({ ...header, seq: 1, sourceWidthPx: 48_000 }, chunk(1))
    one.send({ ...header, seq: 2 }, chunk(1))
    await audio.next()
    expect(audio.takeLost()).toBe(2)
    expect(world.place.state()?.dropped).toEqual({ size: 2 })
    await ownsUp(world, audio)
  })

  test('of sound that nobody takes, half a second is kept', async () => {
    const world = setUp()
    const audio = world.open().audio(sound)
    const one = placed(world)
    for (let seq = 0; seq < 100; seq++) one.send({ ...header, seq }, chunk(seq))
    const oldest = await audio.next()
    expect(oldest?.samples[0]).toBe(75 / 32_768)
    expect(audio.takeLost()).toBe(75)
    await ownsUp(world, audio)
  })
})

describe('who has the place', () => {
  test('a second browser is told by whom it is taken, and let go; the first goes on', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = placed(world)
    const two = browser(world, 'browser-2')
    two.hello({ label: 'Firefox' })
    expect(two.sent).toEqual([{ type: 'taken', by: 'Chrome on Linux' }])
    expect(two.closed).toEqual([{ code: 1013, reason: 'the place is taken' }])
    two.gone()
    one.picture(0)
    taken(await video.next())
    one.gone()
    const three = placed(world, 'browser-2')
    expect(three.wants()).toHaveLength(1)
    await ownsUp(world, video)
  })

  test('the same browser that comes again takes its own place, whose socket may not know yet that it is gone', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const before = placed(world)
    before.picture(40)
    taken(await video.next())
    const again = placed(world)
    expect(before.closed).toEqual([{ code: 1013, reason: 'the same browser came again' }])
    before.picture(41)
    again.picture(0)
    taken(await video.next())
    expect(video.takeLost()).toBe(0)
    expect(world.told.filter((text) => text.includes('has gone'))).toEqual([])
    await ownsUp(world, video)
  })

  test('where no stream waits, a browser is let go', () => {
    const world = setUp()
    const one = browser(world)
    one.hello()
    expect(one.closed).toEqual([{ code: 1013, reason: 'no stream of this run waits for a browser' }])
    expect(world.clock.timers()).toBe(0)
  })

  test('a browser that answers nothing for 5 seconds loses the place', async () => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = placed(world)
    await world.passes(1000)
    one.answer()
    await world.passes(5999)
    expect(one.closed).toEqual([])
    await world.passes(1)
    expect(one.closed).toEqual([{ code: 1013, reason: 'it answered nothing for 5 seconds' }])
    expect(world.place.state()?.from).toBeNull()
    await ownsUp(world, video)
  })

  test('one that never says who it is goes after 5 seconds', async () => {
    const world = setUp()
    const one = browser(world)
    await world.passes(5000)
    expect(one.closed[0]?.code).toBe(1008)
    expect(world.clock.timers()).toBe(0)
  })
})

describe('what is no browser of ours', () => {
  test('law: whatever comes, nothing throws, and it is let go with a reason or does no harm', async () => {
    const message = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 60 }),
      fc.constant('hello' as const),
      fc.constant('answer' as const),
      fc.record({ type: fc.constantFrom('hello', 'time', 'want') }).map((value) => JSON.stringify(value)),
      fc.tuple(fc.nat(5), fc.uint8Array({ maxLength: 40 })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (messages) => {
        const world = setUp()
        const video = world.open().video(wish, world.pool)
        const one = browser(world)
        for (const what of messages) {
          if (what === 'hello') one.hello()
          else if (what === 'answer') one.answer()
          else if (typeof what === 'string') one.received(what)
          else if (what instanceof Uint8Array) one.receivedBytes(what)
          else one.send({ seq: what[0] }, [...what[1]])
        }
        expect(one.closed.length).toBeLessThanOrEqual(1)
        for (const { code, reason } of one.closed) {
          expect([1008, 1013]).toContain(code)
          // A close frame holds so much.
          expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123)
        }
        await ownsUp(world, video)
      }),
      { numRuns: runs(300) },
    )
  })

  test.each([
    [
      'garbage',
      (one: ReturnType<typeof browser>) => {
        one.receivedBytes(new Uint8Array(100).fill(9))
      },
      /version 9/,
    ],
    [
      'a second hello',
      (one: ReturnType<typeof browser>) => {
        one.hello()
      },
      /not a message/,
    ],
    [
      'an answer that nobody asked for',
      (one: ReturnType<typeof browser>) => {
        one.say({ type: 'time', serverMs: 77, clientMs: 1 })
      },
      /not a message/,
    ],
    [
      'a number that jumps',
      (one: ReturnType<typeof browser>) => {
        one.picture(0)
        one.picture(0xffffffff)
      },
      /seq counts what was captured/,
    ],
  ])('%s ends it with 1008', async (_, act, reason) => {
    const world = setUp()
    const video = world.open().video(wish, world.pool)
    const one = placed(world)
    act(one)
    expect(one.closed).toEqual([{ code: 1008, reason: expect.stringMatching(reason) as string }])
    // Closing takes a while, in which it may go on talking.
    one.picture(1)
    one.hello()
    expect(one.closed).toHaveLength(1)
    await ownsUp(world, video)
  })
})
