import fc from 'fast-check'
import { map, Observable, Subject, tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../../src/core/frame.js'
import type { Packet } from '../../src/core/packet.js'
import { createPool } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { queue } from '../../src/operators/queue.js'
import { resize } from '../../src/operators/resize.js'
import { expectNoLeaks, tracedPool, tracePools, virtualRun } from '../../src/testing/index.js'
import { packetOf, shapeOf } from '../core/births.js'
import { runs } from '../helpers/runs.js'

const tracedRuntime = (): Runtime => new Runtime({ clock: createVirtualClock(), pool: tracedPool() })

/** What the check says of a runtime: nothing, if all is well. */
function said(runtime: { readonly pool: Runtime['pool'] }): string {
  try {
    expectNoLeaks(runtime)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A source of one frame, filled and handed on as sources do. */
function oneFrame({ pool }: Runtime, side = 4): Observable<Packet<Frame>> {
  return new Observable((downstream) => {
    const frame = pool.lease(shapeOf(side, side))
    frame.bytes.fill(7)
    downstream.next(packetOf(frame))
    frame.release()
  })
}

describe('a leak', () => {
  test('is told with the number of frames, and with file and line of each share, the same place once', () => {
    const runtime = tracedRuntime()
    const kept: (() => void)[] = []
    for (let n = 0; n < 3; n++) oneFrame(runtime).subscribe(({ value }) => kept.push(value.share(), value.share()))
    const words = said(runtime)
    expect(words).toMatch(/^3 frames were not given back\n {2}3 × a share, taken at .*frame-trace\.test\.ts:\d+:\d+/)
    // Two shares in one line of code are two places.
    expect(words.split('\n')).toHaveLength(3)
    expect(words, 'nothing of ours, nothing of RxJS').not.toMatch(/node_modules|src\/core/)
    expect(said(runtime), 'told once').toBe('')
    for (const giveBack of kept) giveBack()
    expect(runtime.pool.count().lent).toBe(0)
  })

  test('of a frame that its maker never released says where it was leased', () => {
    const runtime = tracedRuntime()
    runtime.pool.lease(shapeOf(2, 2))
    expect(said(runtime)).toMatch(/^1 frame was .*\n {2}leased and never released, at .*frame-trace\.test\.ts:/)
  })

  test('inside the house says who called', () => {
    const runtime = tracedRuntime()
    const source$ = new Subject<Packet<Frame>>()
    runtime.run(() =>
      source$.pipe(queue({ whenFull: 'drop-oldest', capacity: 2 })).subscribe(({ gate }) => gate.hold()),
    )
    const frames = [1, 2].map(() => runtime.pool.lease(shapeOf(2, 2)))
    for (const frame of frames) {
      source$.next(packetOf(frame))
      frame.release()
    }
    expect(said(runtime)).toMatch(/a share, taken at .*src\/core\/edge\.ts:.*called from .*frame-trace\.test\.ts:/)
  })

  test('fails a virtual run, and says where', async () => {
    const keeper = tap(({ value }: Packet<Frame>) => value.share())
    const running = virtualRun(({ runtime }) => {
      oneFrame(runtime).pipe(keeper).subscribe()
    })
    await expect(running).rejects.toThrow(/1 frame was not given back\n {2}a share, taken at .*frame-trace\.test\.ts:/)
  })

  test('of a runtime whose pool is not traced is counted all the same', () => {
    const pool = createPool(4, null)
    const frame = pool.lease(shapeOf(2, 2))
    expect(said({ pool })).toMatch(/^1 frames? .*tracedPool\(\)/)
    frame.release()
    expect(said({ pool })).toBe('')
  })
})

describe('a write to a frame that was handed on', () => {
  const blacken = map((packet: Packet<Frame>) => {
    packet.value.bytes.fill(0)
    return packet
  })

  test('is told with the frame and the line that asked for its pixels', () => {
    const runtime = tracedRuntime()
    oneFrame(runtime)
      .pipe(
        tap(({ value }) => value.bytes[0]),
        blacken,
      )
      .subscribe()
    const words = said(runtime)
    const [first, asked] = words.split('\n')
    expect(first).toBe('a frame of gray 4x4 was written to after its maker had handed it on')
    expect(asked).toMatch(/pixels were asked for at .*frame-trace\.test\.ts:/)
    expect(words).toMatch(/leased at .*frame-trace\.test\.ts:/)
  })

  test('is told of who had the pixels before it, not of who comes after', () => {
    const runtime = tracedRuntime()
    const readsBefore = (frame: Frame) => frame.bytes[0]
    const writes = (frame: Frame) => frame.bytes.fill(0)
    const readsAfter = (frame: Frame) => frame.bytes[0]
    oneFrame(runtime).subscribe(({ value }) => {
      for (const does of [readsBefore, writes, readsAfter]) does(value)
    })
    const askers = said(runtime)
      .split('\n')
      .filter((line) => line.includes('asked for'))
      .map((line) => /\((\w+)\)$/.exec(line)?.[1])
    // The newest first: it wrote, most often. One before it may have kept the view.
    expect(askers).toEqual(['writes', 'readsBefore'])
  })

  test('is told of a frame that an operator made, and fails a virtual run', async () => {
    const running = virtualRun(({ runtime }) => {
      oneFrame(runtime, 8).pipe(resize('4x4'), blacken).subscribe()
    })
    await expect(running).rejects.toThrow(/a frame of gray 4x4 was written to/)
  })

  test('is told of a view that was kept beyond the end, when the memory is lent again', () => {
    const runtime = tracedRuntime()
    const views: Uint8Array[] = []
    oneFrame(runtime).subscribe(({ value }) => views.push(value.bytes))
    views[0]?.fill(9)
    expect(said(runtime)).toBe('')
    oneFrame(runtime).subscribe()
    expect(said(runtime)).toMatch(/its memory was written to since it was last given back/)
  })

  test('law: told of those frames that were written to, and of no others, whoever reads, shares and gives back', () => {
    const act = fc.constantFrom('read' as const, 'share' as const, 'give back' as const, 'write' as const)
    const handedOn = fc.constantFrom('seal' as const, 'share' as const)
    fc.assert(
      fc.property(fc.array(fc.tuple(handedOn, fc.array(act, { maxLength: 8 })), { maxLength: 5 }), (frames) => {
        const runtime = tracedRuntime()
        let wrong = 0
        for (const [how, acts] of frames) {
          const frame = runtime.pool.lease(shapeOf(3, 3))
          frame.bytes.fill(1)
          const shares: (() => void)[] = []
          if (how === 'seal') frame.seal()
          else shares.push(frame.share())
          let mark = 1
          for (const one of acts) {
            if (one === 'read') expect(frame.bytes[8]).toBe(mark)
            else if (one === 'share') shares.push(frame.share())
            else if (one === 'give back') shares.pop()?.()
            else frame.bytes[8] = ++mark
          }
          for (const giveBack of shares) giveBack()
          frame.release()
          if (acts.includes('write')) wrong++
        }
        const told = said(runtime).match(/^a frame of gray 3x3 was written to/gm)?.length ?? 0
        expect(told > 0).toBe(wrong > 0)
        expect(told).toBeGreaterThanOrEqual(wrong)
        expect(said(runtime)).toBe('')
      }),
      { numRuns: runs(1000) },
    )
  })

  test('is none of the maker’s own, before it hands the frame on', () => {
    const runtime = tracedRuntime()
    const frame = runtime.pool.lease(shapeOf(4, 4))
    for (let byte = 0; byte < 4; byte++) frame.bytes.fill(byte)
    frame.seal()
    frame.seal()
    frame.release()
    expect(said(runtime)).toBe('')
  })
})

// Last, as it takes the place of what tests/setup.ts has turned on for this file.
test('pools made anywhere are traced from then on, until they are checked', () => {
  const check = tracePools()
  const frame = createPool().lease(shapeOf(2, 2))
  expect(check).toThrow(/1 frame was not given back\n {2}leased and never released, at .*frame-trace\.test\.ts:/)
  expect(check).not.toThrow()
  frame.release()
})
