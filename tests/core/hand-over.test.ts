import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHandOver, failedReader } from '../../src/core/hand-over.js'
import { SaccadeError } from '../../src/core/errors.js'
import { runs } from '../helpers/runs.js'

const seed = Number(process.env['SACCADE_SEED'] ?? 1)

function setUp(live: boolean, keep = 2) {
  const gone: number[] = []
  let rooms = 0
  let stops = 0
  const shelf = createHandOver<number>({
    keep,
    live,
    letGo: (item) => gone.push(item),
    onRoom: () => rooms++,
    stop: () => {
      stops++
      return Promise.resolve()
    },
  })
  return { shelf, gone, rooms: () => rooms, stops: () => stops }
}

describe('createHandOver', () => {
  it('gives what is ready, then what comes, then the end', async () => {
    const { shelf } = setUp(false)
    shelf.push(1)
    expect(await shelf.reader.next()).toBe(1)
    const waiting = shelf.reader.next()
    expect(shelf.isAsked()).toBe(true)
    shelf.push(2)
    expect(await waiting).toBe(2)
    shelf.push(3)
    shelf.end(null)
    shelf.push(4)
    expect([await shelf.reader.next(), await shelf.reader.next(), await shelf.reader.next()]).toEqual([3, null, null])
  })

  it('tells its error after what was ready, each time', async () => {
    const { shelf } = setUp(false)
    const error = new SaccadeError('x', { code: 'medium', remedy: 'y' })
    shelf.push(1)
    shelf.end(error)
    expect(await shelf.reader.next()).toBe(1)
    await expect(shelf.reader.next()).rejects.toBe(error)
    await expect(shelf.reader.next()).rejects.toBe(error)
  })

  it('refuses a second next() and leaves the first alone', async () => {
    const { shelf } = setUp(false)
    const first = shelf.reader.next()
    await expect(shelf.reader.next()).rejects.toMatchObject({ code: 'internal' })
    shelf.push(7)
    expect(await first).toBe(7)
  })

  it('ends a waiting next() with null on close, stops once and lets go what comes after', async () => {
    const { shelf, gone, stops } = setUp(false)
    const waiting = shelf.reader.next()
    const closing = [shelf.reader.close(), shelf.reader.close()]
    expect(await waiting).toBeNull()
    await Promise.all(closing)
    shelf.push(9)
    shelf.end(new SaccadeError('x', { code: 'medium', remedy: 'y' }))
    expect(await shelf.reader.next()).toBeNull()
    expect({ gone, stops: stops(), room: shelf.hasRoom() }).toEqual({ gone: [9], stops: 1, room: false })
  })

  it('resolves its close even where the stop fails', async () => {
    const shelf = createHandOver<number>({
      keep: 1,
      live: false,
      letGo: () => undefined,
      onRoom: () => undefined,
      stop: () => Promise.reject(new Error('no')),
    })
    await expect(shelf.reader.close()).resolves.toBeUndefined()
  })

  it('loses nothing that it does not count, keeps the newest in order, and holds no more than it may', async () => {
    const step = fc.constantFrom('push', 'next', 'lost')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (steps, keep) => {
        const { shelf, gone } = setUp(true, keep)
        const taken: (number | null)[] = []
        let pushed = 0
        let lost = 0
        const pending: Promise<unknown>[] = []
        for (const what of steps) {
          if (what === 'push') shelf.push(pushed++)
          else if (what === 'lost') lost += shelf.reader.takeLost()
          else if (!shelf.isAsked()) pending.push(shelf.reader.next().then((item) => taken.push(item)))
          await Promise.resolve()
        }
        const before = gone.length
        lost += shelf.reader.takeLost()
        expect(lost).toBe(before)
        await shelf.reader.close()
        await Promise.all(pending)
        expect(gone.length - before).toBeLessThanOrEqual(keep)
        const items = taken.filter((item) => item !== null)
        expect(items).toEqual([...items].sort((a, b) => a - b))
        expect([...items, ...gone].sort((a, b) => a - b)).toEqual(Array.from({ length: pushed }, (_, i) => i))
      }),
      { seed, numRuns: runs(200) },
    )
  })

  it('can be a reader that only tells its reason', async () => {
    const error = new SaccadeError('x', { code: 'no-track', remedy: 'y' })
    const reader = failedReader<number>(error)
    await expect(reader.next()).rejects.toBe(error)
    await reader.close()
    expect(await reader.next()).toBeNull()
  })
})
