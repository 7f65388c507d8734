import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SaccadeError } from '../../src/core/errors.js'
import { bytesOf, type Frame } from '../../src/core/frame.js'
import { keep } from '../../src/core/packet.js'
import { createPool } from '../../src/core/pool.js'
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
            all.push({ frame, mark, pooled, made: true, shares: [] })
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
          for (const { frame, made, shares } of all) expect(frame.live).toBe(made || shares.length > 0)
        }
        for (const { frame, shares } of all) {
          frame.release()
          for (const share of shares) share()
        }
        expect(pool.count().lent, 'idle means none lent').toBe(0)
      }),
    )
  })

  test('a buffer is used again by the next frame of its size', () => {
    const pool = createPool()
    const first = pool.lease(shapeOf(4, 4))
    const { buffer } = first.bytes
    first.release()
    expect(pool.lease(shapeOf(4, 4)).bytes.buffer).toBe(buffer)
    expect(pool.count()).toEqual({ lent: 1, free: 0, pastBound: 0 })
  })
})

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

  test('tells its size as JSON, never its pixels', () => {
    expect(JSON.stringify(createPool().lease(shapeOf(4, 2)))).toBe('{"format":"gray","sizePx":[4,2],"bytes":8}')
  })
})
