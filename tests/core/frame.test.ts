import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SaccadeError } from '../../src/core/errors.js'
import { bytesOf, type Frame, isCurrent, readCurrent, type SharedPixels } from '../../src/core/frame.js'
import { keep } from '../../src/core/packet.js'
import { createPool, type FramePool } from '../../src/core/pool.js'
import { runs } from '../helpers/runs.js'
import { packetOf, shapeOf } from './births.js'

const anyFormat = fc.constantFrom('gray' as const, 'rgb24' as const, 'yuv420p' as const)

describe('pool', () => {
  const move = fc.oneof(
    fc.record({ do: fc.constant('lease' as const), sidePx: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom('share' as const, 'release' as const, 'giveBack' as const), which: fc.nat(20) }),
  )

  test('law (S6): lent is what is held by anyone; a buffer has one holder; past the bound it allocates and counts', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (moves, bound) => {
        const pool = createPool(bound)
        const all: {
          readonly frame: Frame
          readonly pixels: SharedPixels
          readonly mark: number
          readonly pooled: boolean
          made: boolean
          shares: (() => void)[]
        }[] = []
        let pastBound = 0
        for (const [mark, act] of moves.entries()) {
          const held = all.filter(({ made, shares }) => made || shares.length > 0)
          if (act.do === 'lease') {
            // A buffer of its own is for who comes when all of the pool's are held; it does not come back to the pool.
            const pooled = held.filter((one) => one.pooled).length < bound
            if (!pooled) pastBound++
            const frame = pool.lease(shapeOf(act.sidePx, act.sidePx))
            frame.bytes.fill(mark)
            all.push({ frame, pixels: frame.pixels, mark, pooled, made: true, shares: [] })
          } else {
            const one = held[act.which % Math.max(1, held.length)]
            if (one === undefined) continue
            if (act.do === 'share') one.shares.push(one.frame.share())
            else if (act.do === 'release') {
              one.frame.release()
              one.made = false
            } else {
              // Giving back twice does nothing.
              const share = one.shares.pop()
              share?.()
              share?.()
            }
          }
          const lent = all.filter(({ made, shares }) => made || shares.length > 0)
          expect(pool.count()).toMatchObject({ lent: lent.length, pastBound })
          expect(pool.count().free).toBeLessThanOrEqual(bound)
          for (const { frame, mark: own } of lent) expect([...frame.bytes].every((byte) => byte === own)).toBe(true)
          expect(new Set(lent.map(({ pixels }) => pixels.buffer)).size, 'no two share memory').toBe(lent.length)
          for (const { frame, pixels, made, shares } of all) {
            const holds = made || shares.length > 0
            expect(frame.live).toBe(holds)
            // Also where the buffer was lent again meanwhile, which this handle knows nothing of.
            expect(isCurrent(pixels), 'a handle of an earlier lease is known').toBe(holds)
          }
        }
        for (const { frame, shares } of all) {
          frame.release()
          for (const share of shares) share()
        }
        expect(pool.count().lent, 'idle means none lent').toBe(0)
      }),
      { numRuns: runs(1000) },
    )
  })

  test('a buffer is used again by the next frame of its size', () => {
    const pool = createPool()
    const first = pool.lease(shapeOf(4, 4))
    const { buffer } = first.bytes
    first.release()
    const second = pool.lease(shapeOf(4, 4))
    expect(second.bytes.buffer).toBe(buffer)
    expect(pool.count()).toEqual({ lent: 1, free: 0, pastBound: 0, forgotten: 0 })
    second.release()
  })

  test('a frame that nobody can give back any more is counted, its memory is let go, and its place is free again', async () => {
    // Not traced: the trace would say where it was taken.
    const pool = createPool(1, null)
    const views: Uint8Array[] = []
    const forget = (): void => {
      const frame = pool.lease(shapeOf(8, 8))
      frame.bytes.fill(7)
      views.push(frame.bytes)
    }
    forget()
    expect(pool.count()).toEqual({ lent: 1, free: 0, pastBound: 0, forgotten: 0 })
    await collected(pool)
    expect(pool.count()).toEqual({ lent: 0, free: 0, pastBound: 0, forgotten: 1 })
    // Whoever still has a view keeps these pixels: they are not lent again.
    const next = pool.lease(shapeOf(8, 8))
    next.bytes.fill(1)
    expect(views[0]?.every((byte) => byte === 7)).toBe(true)
    next.release()
    expect(pool.count()).toEqual({ lent: 0, free: 1, pastBound: 0, forgotten: 1 })
  })

  test('a share that is still to be given back keeps its frame from being forgotten', async () => {
    const pool = createPool(4, null)
    const giveBack = ((): (() => void) => {
      const frame = pool.lease(shapeOf(8, 8))
      const share = frame.share()
      frame.release()
      return share
    })()
    ;(() => pool.lease(shapeOf(8, 8)))()
    await collected(pool)
    expect(pool.count()).toMatchObject({ lent: 1, forgotten: 1 })
    giveBack()
    expect(pool.count()).toMatchObject({ lent: 0, forgotten: 1 })
  })
})

/** Lets the garbage collector find what was forgotten. */
async function collected(pool: FramePool): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 100 && pool.count().forgotten === 0; turn++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('Frame', () => {
  test('a stale handle throws, whatever is done with it, and says what to do', () => {
    const frame = createPool().lease(shapeOf(2, 2))
    frame.release()
    for (const use of [() => frame.bytes, () => frame.pixels, () => frame.share(), () => frame.own()]) {
      expect(use).toThrow(SaccadeError)
      expect(use).toThrow(
        expect.objectContaining({ code: 'stale-frame', remedy: expect.stringContaining('share()') as string }),
      )
    }
    expect(() => {
      frame.release()
    }).not.toThrow()
  })

  test('pixels that were given back before or while they are read are refused: what was read may be half the next picture', () => {
    const pool = createPool()
    const first = pool.lease(shapeOf(2, 2))
    const { pixels } = first
    expect(readCurrent(pixels, ({ widthPx }) => widthPx)).toBe(2)
    const staleFrame = expect.objectContaining({ code: 'stale-frame' }) as Error
    expect(() => {
      readCurrent(pixels, () => {
        first.release()
      })
    }).toThrow(staleFrame)
    const second = pool.lease(shapeOf(2, 2))
    expect(second.pixels.buffer).toBe(pixels.buffer)
    expect(() => readCurrent(pixels, () => expect.unreachable())).toThrow(staleFrame)
    expect(isCurrent(structuredClone(second.pixels)), 'as it crosses to a worker').toBe(true)
    second.release()
  })

  test('an own copy is never stale, is not counted, and needs no release', () => {
    const pool = createPool()
    const frame = pool.lease(shapeOf(3, 3))
    frame.bytes.fill(5)
    const copy = frame.own()
    const { pixels } = copy
    frame.release()
    expect(pool.count()).toMatchObject({ lent: 0 })
    copy.share()()
    expect(isCurrent(pixels)).toBe(true)
    expect([...copy.bytes]).toEqual(Array(9).fill(5))
  })

  test('the maker gives its share back once: a second time takes nobody else’s', () => {
    const pool = createPool()
    const frame = pool.lease(shapeOf(2, 2))
    const giveBack = frame.share()
    frame.release()
    frame.release()
    expect(frame.live).toBe(true)
    giveBack()
    expect(pool.count().lent).toBe(0)
  })

  test('law: an own copy has the pixels, and outlives what it was copied from', () => {
    fc.assert(
      fc.property(
        anyFormat,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        (format, widthPx, heightPx) => {
          const pool = createPool()
          const frame = pool.lease(shapeOf(widthPx, heightPx, format))
          for (const index of frame.bytes.keys()) frame.bytes[index] = index % 256
          const copy = frame.own()
          frame.bytes.fill(0)
          frame.release()
          expect(pool.count().lent).toBe(0)
          expect([...copy.bytes]).toEqual(
            [...Array(bytesOf(format, widthPx, heightPx)).keys()].map((index) => index % 256),
          )
          expect(copy).toMatchObject({ format, widthPx, heightPx })
        },
      ),
    )
  })

  test('bytes of a picture: odd sizes round chroma up', () => {
    expect(bytesOf('gray', 3, 3)).toBe(9)
    expect(bytesOf('rgb24', 3, 3)).toBe(27)
    expect(bytesOf('yuv420p', 3, 3)).toBe(9 + 2 * 4)
    expect(bytesOf('yuv420p', 1280, 720)).toBe((1280 * 720 * 3) / 2)
  })

  test('what a packet lends is kept, and plain values cost nothing', () => {
    const pool = createPool()
    const frame = pool.lease(shapeOf(2, 2))
    const letGo = keep(packetOf(frame))
    frame.release()
    expect(pool.count().lent).toBe(1)
    letGo()
    letGo()
    expect(pool.count().lent).toBe(0)
    expect(keep(packetOf(1))).toBe(keep(packetOf('two')))
  })

  test('law: what is kept is every frame in the value, in an array or a plain record, and once given back nothing is', () => {
    const holder = fc.constantFrom('array' as const, 'record' as const, 'record without a prototype' as const)
    const inside = fc.array(fc.constantFrom('frame', 'own', 'number', 'nothing'), { maxLength: 6 })
    fc.assert(
      fc.property(holder, inside, (kind, what) => {
        const pool = createPool()
        const values = what.map((one, index) => {
          if (one === 'frame') return pool.lease(shapeOf(2, 2))
          if (one === 'own') return ownFrame()
          return one === 'number' ? index : undefined
        })
        const frames = values.filter((value) => typeof value === 'object')
        const record: Record<string, unknown> =
          kind === 'record' ? {} : (Object.create(null) as Record<string, unknown>)
        const letGo = keep(packetOf(kind === 'array' ? values : Object.assign(record, values)))
        for (const frame of frames) frame.release()
        expect(pool.count().lent).toBe(what.filter((one) => one === 'frame').length)
        for (const frame of frames) expect(frame.live).toBe(true)
        letGo()
        letGo()
        expect(pool.count().lent).toBe(0)
        if (frames.length === 0) expect(letGo).toBe(keep(packetOf(1)))
      }),
      { numRuns: runs(1000) },
    )
  })

  test('where one of several frames is stale none is kept, and what has a class of its own keeps its own', () => {
    const pool = createPool()
    const [good, gone] = [pool.lease(shapeOf(2, 2)), pool.lease(shapeOf(2, 2))]
    gone.release()
    expect(() => keep(packetOf([good, gone]))).toThrow(expect.objectContaining({ code: 'stale-frame' }))
    good.release()
    expect(pool.count().lent).toBe(0)
    class Tracker {
      readonly frame = good
    }
    expect(keep(packetOf(new Tracker()))).toBe(keep(packetOf(1)))
    expect(keep(packetOf(null))).toBe(keep(packetOf(new Float32Array(4))))
  })

  test('tells its size as JSON, never its pixels', () => {
    const frame = createPool().lease(shapeOf(4, 2))
    expect(JSON.stringify(frame)).toBe('{"format":"gray","sizePx":[4,2],"bytes":8}')
    frame.release()
  })
})

function ownFrame(): Frame {
  const frame = createPool().lease(shapeOf(2, 2))
  const copy = frame.own()
  frame.release()
  return copy
}
