import {
  bufferCount,
  config,
  delay,
  filter,
  finalize,
  map,
  mergeMap,
  Observable,
  type OperatorFunction,
  type SchedulerAction,
  type SchedulerLike,
  share,
  Subscription,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.js'
import type { Frame } from '../../src/core/frame.js'
import { keep, mapValue, type Packet } from '../../src/core/packet.js'
import { createPool, type FramePool } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { queue } from '../../src/operators/queue.js'
import { resize } from '../../src/operators/resize.js'
import { packetOf, shapeOf } from './births.js'

const periodMs = 1000 / 30
const hour = 108_000
const bound = 8

/** RxJS tells of what subscribers throw on a timer of its own. */
const told = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

afterEach(async () => {
  await told()
  config.onUnhandledError = null
})

/** RxJS's own timers on the run's clock. */
function schedulerOf(clock: Clock): SchedulerLike {
  class Action<T> extends Subscription implements SchedulerAction<T> {
    readonly #work: (this: SchedulerAction<T>, state: T) => void
    constructor(work: (this: SchedulerAction<T>, state: T) => void) {
      super()
      this.#work = work
    }
    schedule(state?: T, delayMs = 0): Subscription {
      this.add(
        clock.at(clock.nowMs() + delayMs, () => {
          this.#work.call(this, state as T)
        }),
      )
      return this
    }
  }
  return { now: () => clock.nowMs(), schedule: (work, delayMs, state) => new Action(work).schedule(state, delayMs) }
}

type Scene = {
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly pool: FramePool
  readonly scheduler: SchedulerLike
  /** So many frames at 30 fps, each lent for the length of `next`; its pixels are `markOf(seq)`. */
  readonly camera: (frames: number) => Observable<Packet<Frame>>
}

const markOf = (seq: number): number => seq % 251

function createScene(): Scene {
  const clock = createVirtualClock()
  // For an hour, untraced: that nothing is lent at the end is all that is asked.
  const pool = createPool(bound, null)
  const camera = (frames: number): Observable<Packet<Frame>> =>
    new Observable((downstream) => {
      let seq = 0
      const shoot = (): void => {
        const frame = pool.lease(shapeOf(2, 2))
        frame.bytes.fill(markOf(seq))
        downstream.next(packetOf(frame, { seq, capturedAtMs: clock.nowMs() }))
        frame.release()
        if (++seq === frames) downstream.complete()
        else cancel = clock.at(seq * periodMs, shoot)
      }
      let cancel = clock.at(0, shoot)
      return () => {
        cancel()
      }
    })
  return { clock, pool, camera, scheduler: schedulerOf(clock) }
}

/** What a reader at the end saw: right pixels, wrong ones, frames that were stale. */
type Seen = { right: number; wrong: number; stale: number; error: string | null; completed: boolean }

function readingAll(packets$: Observable<Packet<Frame>>): Seen {
  const seen: Seen = { right: 0, wrong: 0, stale: 0, error: null, completed: false }
  packets$.subscribe({
    next: ({ value, seq }) => {
      if (!value.live) seen.stale++
      else if (value.bytes[3] === markOf(seq)) seen.right++
      else seen.wrong++
    },
    error: ({ message }: Error) => (seen.error = message),
    complete: () => (seen.completed = true),
  })
  return seen
}

type Branch = {
  readonly through: (scene: Scene) => OperatorFunction<Packet<Frame>, Packet<Frame>>
  /** @param stillLive how many of the newest frames are live at any time, the one being shown too */
  readonly seen: (frames: number, stillLive: number) => Partial<Seen>
}

/** A share for as long as the work on a frame takes, given back however that ends. */
const working =
  ({ scheduler }: Scene, tookMs: number) =>
  (packet: Packet<Frame>): Observable<Packet<Frame>> =>
    timer(tookMs, scheduler).pipe(
      map(() => packet),
      finalize(packet.value.share()),
    )

const branches: Readonly<Record<string, Branch>> = {
  filter: {
    through: () => filter(({ seq }) => seq % 3 === 0),
    seen: (frames) => ({ right: Math.ceil(frames / 3), stale: 0 }),
  },
  'delay without own()': {
    through: ({ scheduler }) => delay(100, scheduler),
    // Stale, each of them, though their buffers were lent to others by then: nobody sees the pixels of another frame.
    seen: (frames) => ({ right: 0, stale: frames }),
  },
  'delay after own()': {
    through:
      ({ scheduler }) =>
      (source) =>
        source.pipe(
          mapValue((frame) => frame.own()),
          delay(100, scheduler),
        ),
    seen: (frames) => ({ right: frames, stale: 0 }),
  },
  share: {
    through: () => share(),
    seen: (frames) => ({ right: frames, stale: 0 }),
  },
  'switchMap that is always overtaken': {
    through: (scene) => switchMap(working(scene, 50)),
    // But for the last one, which nothing overtakes.
    seen: () => ({ right: 1, stale: 0 }),
  },
  'switchMap that is sometimes overtaken': {
    through: (scene) => switchMap((packet) => working(scene, packet.seq % 2 === 0 ? 20 : 50)(packet)),
    seen: (frames) => ({ right: frames / 2 + 1, stale: 0 }),
  },
  'mergeMap with one share for each': {
    through: (scene) => mergeMap(working(scene, 60)),
    seen: (frames) => ({ right: frames, stale: 0 }),
  },
  'bufferCount without own()': {
    through: () => (source) =>
      source.pipe(
        bufferCount(30),
        mergeMap((window) => window),
      ),
    // The last of a window is still lent, and those before it only while others keep them.
    seen: (frames, stillLive) => ({
      right: (frames / 30) * stillLive,
      stale: (frames / 30) * (30 - stillLive),
    }),
  },
  'bufferCount after own()': {
    through: () => (source) =>
      source.pipe(
        mapValue((frame) => frame.own()),
        bufferCount(30),
        mergeMap((window) => window),
      ),
    seen: (frames) => ({ right: frames, stale: 0 }),
  },
  take: { through: () => take(50), seen: () => ({ right: 50, stale: 0 }) },
}

describe('frames through operators that know nothing of them', () => {
  test.each(Object.entries(branches))('%s: nobody sees wrong pixels, and all frames come home', async (_, branch) => {
    const scene = createScene()
    const seen = readingAll(scene.camera(300).pipe(branch.through(scene)))
    await scene.clock.run(() => false)
    expect(seen).toEqual({ wrong: 0, error: null, completed: true, ...branch.seen(300, 1) })
    expect(scene.pool.count()).toMatchObject({ lent: 0, pastBound: 0, forgotten: 0 })
  })

  test('an hour of all of them on one camera, 108,000 frames: idle at the end, never past the bound', async () => {
    const scene = createScene()
    const { clock, pool } = scene
    const all$ = scene.camera(hour).pipe(share())
    // The one that stops early must not take the camera with it, and one that throws must not either.
    config.onUnhandledError = () => undefined
    all$.subscribe(() => {
      throw new Error('a subscriber that always throws')
    })
    const seen = Object.entries(branches).map(
      ([name, branch]) => [name, readingAll(all$.pipe(branch.through(scene)))] as const,
    )
    let mostLent = 0
    all$.subscribe(() => (mostLent = Math.max(mostLent, pool.count().lent)))
    await clock.run(() => false)
    expect(clock.nowMs()).toBeCloseTo(hour * periodMs, -3)
    for (const [name, one] of seen)
      expect(one, name).toEqual({ wrong: 0, error: null, completed: true, ...branches[name]?.seen(hour, 2) })
    // The one being shown, and the one before it, that is worked on for up to 60 ms.
    expect(mostLent).toBe(2)
    expect(pool.count()).toEqual({ lent: 0, free: 2, pastBound: 0, forgotten: 0 })
  }, 240_000)

  test('work that takes longer than the pool has room for: past its bound it allocates, counts, and lets go', async () => {
    const frames = 9000
    const scene = createScene()
    const seen = readingAll(scene.camera(frames).pipe(mergeMap(working(scene, 1000))))
    await scene.clock.run(() => false)
    expect(seen).toMatchObject({ right: frames, wrong: 0, stale: 0 })
    expect(scene.pool.count()).toEqual({ lent: 0, free: bound, pastBound: allocatedPastBound(frames), forgotten: 0 })
  })

  /** The same in plain numbers: each frame is kept for a second, eight buffers come back, the others do not. */
  function allocatedPastBound(frames: number): number {
    const backAtMs: number[] = []
    let past = 0
    for (let seq = 0; seq < frames; seq++) {
      while (backAtMs[0] !== undefined && backAtMs[0] <= seq * periodMs) backAtMs.shift()
      if (backAtMs.length < bound) backAtMs.push(seq * periodMs + 1000)
      else past++
    }
    return past
  }
})

describe('whoever reads a frame too late is told', () => {
  test.each<
    readonly [string, (runtime: Runtime, scheduler: SchedulerLike) => OperatorFunction<Packet<Frame>, unknown>]
  >([
    ['map', () => map(({ value }) => value.bytes[0])],
    ['own()', () => mapValue((frame) => frame.own())],
    ['keep()', () => tap(keep)],
    ['an operator of the house', (runtime) => runtime.run(() => resize('4x4'))],
    [
      'a window',
      () => (source) =>
        source.pipe(
          bufferCount(3),
          map((frames) => keep(packetOf(frames.map(({ value }) => value)))),
        ),
    ],
  ])('%s behind delay: stale-frame, with what to do, as an error of the stream', async (_, reader) => {
    const { clock, pool, camera, scheduler } = createScene()
    const runtime = new Runtime({ clock, pool })
    const errors: unknown[] = []
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    camera(100)
      .pipe(delay(100, scheduler), reader(runtime, scheduler))
      .subscribe({ error: (error) => errors.push(error) })
    await clock.run(() => false)
    expect(errors).toMatchObject([
      { name: 'SaccadeError', code: 'stale-frame', remedy: expect.stringContaining('own()') as string },
    ])
    expect(unhandled).toEqual([])
    expect(pool.count()).toMatchObject({ lent: 0 })
  })

  test('the stage is named', async () => {
    const { clock, pool, camera, scheduler } = createScene()
    const runtime = new Runtime({ clock, pool })
    const errors: unknown[] = []
    const late$ = camera(100).pipe(delay(100, scheduler))
    late$.pipe(runtime.run(() => resize('4x4'))).subscribe({ error: (error) => errors.push(error) })
    await clock.run(() => false)
    expect(errors).toMatchObject([{ code: 'stale-frame', stage: 'resize' }])
    expect(runtime.meters.get('resize')?.read(0).state).toBe('failed')
  })
})

describe('whoever throws takes no frame along', () => {
  test('a subscriber that throws: its error is told, the camera goes on, each frame comes home', async () => {
    const { clock, pool, camera } = createScene()
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    let shown = 0
    camera(100).subscribe(({ seq }) => {
      shown++
      if (seq % 2 === 0) throw new Error('of the subscriber')
    })
    await clock.run(() => false)
    await told()
    expect(shown).toBe(100)
    expect(unhandled).toHaveLength(50)
    expect(pool.count()).toMatchObject({ lent: 0, free: 1 })
  })

  test('an operator that throws while a queue holds frames: all come home', async () => {
    const { clock, pool, camera } = createScene()
    const runtime = new Runtime({ clock, pool })
    let error: unknown = null
    const held: (() => void)[] = []
    camera(10)
      .pipe(
        runtime.run(() => queue({ whenFull: 'drop-oldest', capacity: 5 })),
        tap(({ seq, gate }) => {
          if (seq === 0) held.push(gate.hold())
          else throw new Error('of the operator')
        }),
      )
      .subscribe({ error: (thrown: unknown) => (error = thrown) })
    clock.at(4 * periodMs + 1, () => {
      expect(pool.count().lent).toBe(4)
      for (const letGo of held) letGo()
    })
    await clock.run(() => false)
    expect(error).toMatchObject({ message: 'of the operator' })
    expect(pool.count()).toMatchObject({ lent: 0 })
  })
})
