import fc from 'fast-check'
import { filter, finalize, map, mergeMap, Observable, type OperatorFunction, share, switchMap, take, tap } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperator } from '../../src/core/define.js'
import { drive } from '../../src/core/drive.js'
import { type Frame, isCurrent, readCurrent, type SharedPixels } from '../../src/core/frame.js'
import { keep, mapValue, type Packet } from '../../src/core/packet.js'
import { picturePort } from '../../src/core/ports.js'
import { Runtime } from '../../src/core/runtime.js'
import { definePort } from '../../src/core/stage.js'
import { createVirtualClock, type VirtualClock } from '../../src/core/virtual-clock.js'
import { queue } from '../../src/operators/queue.js'
import { resize } from '../../src/operators/resize.js'
import { expectNoLeaks, tracedPool } from '../../src/testing/index.js'
import { runs } from '../helpers/runs.js'
import { packetOf, shapeOf } from './births.js'

const upToMs = fc.integer({ min: 0, max: 40 })
const nth = fc.integer({ min: 1, max: 12 })

/** What a stage does with the frames that pass through it. */
const anyStage = fc.oneof(
  fc.record({ does: fc.constantFrom('pass' as const, 'own' as const, 'resize' as const) }),
  fc.record({ does: fc.constant('filter' as const), every: fc.integer({ min: 2, max: 3 }) }),
  // Two in one place weigh twice: without them little is late, and little is lost.
  fc.record({ does: fc.constant('delay' as const), ms: upToMs }),
  fc.record({
    does: fc.constantFrom('delay' as const, 'share' as const, 'switch' as const, 'busy' as const),
    ms: upToMs,
  }),
  fc.record({ does: fc.constant('never give back' as const), nth: fc.nat(2) }),
  fc.record({ does: fc.constantFrom('err' as const, 'take' as const), nth }),
  fc.record({ does: fc.constant('window' as const), size: fc.integer({ min: 2, max: 4 }) }),
  fc.record({
    does: fc.constant('queue' as const),
    whenFull: fc.constantFrom('latest' as const, 'drop-oldest' as const, 'drop-newest' as const, 'fail' as const),
    capacity: fc.integer({ min: 1, max: 3 }),
  }),
)
type Stage = typeof anyStage extends fc.Arbitrary<infer S> ? S : never
type Tree = {
  readonly stages: readonly Stage[]
  readonly end: 'read' | 'throw' | 'work'
  readonly branches: readonly Tree[]
}

const { tree: anyTree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    stages: fc.array(anyStage, { maxLength: 4 }),
    end: fc.constantFrom('read', 'throw', 'work'),
    branches: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('tree'), { minLength: 1, maxLength: 3 })),
  }),
}))

const anyRun = fc.record({
  tree: anyTree,
  gapsMs: fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 16 }),
  source: fc.constantFrom('complete', 'error', 'stay open'),
  unsubscribeAtMs: fc.option(fc.integer({ min: 0, max: 300 }), { freq: 2 }),
  bound: fc.integer({ min: 1, max: 4 }),
})

/** Reads in a worker's way: by the handle, later. */
const readLater = defineOperator({
  name: 'read-later',
  summary: 'Reads the last pixel after a while.',
  input: picturePort,
  output: definePort<number>('mark', 'a byte'),
  options: z.strictObject({}),
  example: {},
  work:
    () =>
    async ({ pixels }) => {
      await Promise.resolve()
      return lastByte(pixels)
    },
})

const lastByte = (pixels: SharedPixels): number =>
  readCurrent(pixels, ({ buffer, byteOffset }) => new Uint8Array(buffer, byteOffset + 3, 1)[0] ?? NaN)

const markOf = (seq: number): number => seq + 1

/** What was seen in one run, and what must be true of it all along. */
class Scene {
  readonly clock: VirtualClock = createVirtualClock()
  readonly runtime: Runtime
  readonly errors: unknown[] = []
  readonly owned = new WeakSet<Frame>()
  /** Shares that were taken and are not given back: the frames they hold. */
  readonly neverGivenBack = new Map<Frame, (() => void)[]>()
  readonly #handles = new Map<Frame, SharedPixels>()
  staleReads = 0

  constructor(bound: number) {
    this.runtime = new Runtime({ clock: this.clock, pool: tracedPool(bound) })
  }

  after(ms: number, call: () => void): () => void {
    return this.clock.at(this.clock.nowMs() + ms, call)
  }

  /** Someone has this frame in hand, in time or too late. */
  look({ value: frame, seq }: Packet<Frame>): void {
    if (frame.live) {
      if (!this.owned.has(frame)) this.#handles.set(frame, frame.pixels)
      expect(frame.bytes[3], 'the pixels are those of its frame').toBe(markOf(seq))
      expect(lastByte(frame.pixels)).toBe(markOf(seq))
    } else {
      this.staleReads++
      throwsEachTime(frame)
    }
    this.checkHandles()
  }

  checkHandles(): void {
    const buffers = new Set<SharedArrayBuffer>()
    for (const [frame, pixels] of this.#handles) {
      expect(isCurrent(pixels), 'a handle is current as long as its frame is live').toBe(frame.live)
      if (!frame.live) throwsEachTime(frame)
      else {
        expect(buffers.has(pixels.buffer), 'no two live frames share memory').toBe(false)
        buffers.add(pixels.buffer)
      }
    }
  }
}

function throwsEachTime(frame: Frame): void {
  for (const use of [() => frame.bytes, () => frame.pixels, () => frame.share(), () => frame.own()])
    expect(use).toThrow(expect.objectContaining({ code: 'stale-frame' }))
}

type Frames = OperatorFunction<Packet<Frame>, Packet<Frame>>

/** The packet again, so much later, whatever became of its frame. */
const later = (scene: Scene, ms: number, packet: Packet<Frame>): Observable<Packet<Frame>> =>
  new Observable((downstream) =>
    scene.after(ms, () => {
      downstream.next(packet)
      downstream.complete()
    }),
  )

function operatorOf(stage: Stage, scene: Scene): Frames {
  const { runtime } = scene
  const kept = (ms: number) => (packet: Packet<Frame>) => later(scene, ms, packet).pipe(finalize(keep(packet)))
  let count = 0
  switch (stage.does) {
    case 'pass':
      return map((packet) => packet)
    case 'own':
      return mapValue((frame) => {
        const copy = frame.own()
        scene.owned.add(copy)
        return copy
      })
    case 'resize':
      return runtime.run(() => resize('2x2'))
    case 'filter':
      return filter(({ seq }) => seq % stage.every === 0)
    case 'delay':
      return mergeMap((packet) => later(scene, stage.ms, packet))
    case 'share':
      return mergeMap(kept(stage.ms))
    case 'switch':
      return switchMap(kept(stage.ms))
    case 'busy':
      return tap(({ gate }) => scene.after(stage.ms, gate.hold()))
    case 'err':
      return tap(() => {
        if (count++ === stage.nth) throw new Error('drawn')
      })
    case 'take':
      return take(stage.nth)
    case 'never give back':
      return tap(({ value }) => {
        if (count++ !== stage.nth) return
        const giveBack = value.share()
        if (scene.owned.has(value)) return
        scene.neverGivenBack.set(value, [...(scene.neverGivenBack.get(value) ?? []), giveBack])
      })
    case 'window':
      return windows(stage.size)
    case 'queue':
      return runtime.run(() =>
        queue({ whenFull: stage.whenFull, capacity: stage.whenFull === 'latest' ? 1 : stage.capacity }),
      )
  }
}

/** Keeps so many, hands them on together, and gives them back; also those it has when it ends early. */
function windows(size: number): Frames {
  return (source) =>
    new Observable((downstream) => {
      let held: { readonly packet: Packet<Frame>; readonly giveBack: () => void }[] = []
      const letGo = (): void => {
        const all = held
        held = []
        for (const { giveBack } of all) giveBack()
      }
      downstream.add(letGo)
      drive(
        source,
        downstream,
        (packet) => {
          held.push({ packet, giveBack: keep(packet) })
          if (held.length < size) return
          const window = held.map((one) => one.packet)
          const giveBack = keep(packetOf(window.map(({ value }) => value)))
          letGo()
          try {
            for (const one of window) downstream.next(one)
          } finally {
            giveBack()
          }
        },
        () => {
          downstream.complete()
        },
      )
    })
}

/** Subscribes to every branch; what comes back ends them all. */
function grow(tree: Tree, source: Observable<Packet<Frame>>, scene: Scene): () => void {
  const through$ = tree.stages.reduce((packets$, stage) => packets$.pipe(operatorOf(stage, scene)), source)
  if (tree.branches.length > 0) {
    const shared$ = through$.pipe(share())
    const stops = tree.branches.map((branch) => grow(branch, shared$, scene))
    return () => {
      for (const stop of stops) stop()
    }
  }
  const read$: Observable<unknown> =
    tree.end === 'work'
      ? through$.pipe(
          scene.runtime.run(() => readLater()),
          tap(({ value, seq }) => {
            expect(value).toBe(markOf(seq))
          }),
        )
      : through$.pipe(
          tap((packet) => {
            scene.look(packet)
            if (tree.end === 'throw') throw new Error('drawn')
          }),
        )
  const running = read$.subscribe({ error: (error: unknown) => scene.errors.push(error) })
  return () => {
    running.unsubscribe()
  }
}

/** A live source: each frame is lent for the length of `next`, whatever happens to it there. */
function camera({ clock, runtime }: Scene, gapsMs: readonly number[], ending: string): Observable<Packet<Frame>> {
  return new Observable((downstream) => {
    let atMs = 0
    const cancels = gapsMs.map((gapMs, seq) =>
      clock.at((atMs += gapMs), () => {
        const frame = runtime.pool.lease(shapeOf(4, 4))
        frame.bytes.fill(markOf(seq))
        downstream.next(packetOf(frame, { seq, capturedAtMs: clock.nowMs() }))
        frame.release()
      }),
    )
    cancels.push(
      clock.at(atMs, () => {
        if (ending === 'complete') downstream.complete()
        if (ending === 'error') downstream.error(new Error('drawn'))
      }),
    )
    return () => {
      for (const cancel of cancels) cancel()
    }
  })
}

test('law (S6): in whatever tree of stages that share, keep, forget, fail and end, all frames come home', async () => {
  const met = { runs: 0, 'past the bound': 0, 'stale reads': 0, failed: 0, cancelled: 0, 'never given back': 0 }
  await fc.assert(
    fc.asyncProperty(anyRun, async ({ tree, gapsMs, source, unsubscribeAtMs, bound }) => {
      const scene = new Scene(bound)
      const { clock, runtime, neverGivenBack } = scene
      const { pool } = runtime
      const stop = grow(tree, camera(scene, gapsMs, source), scene)
      if (unsubscribeAtMs !== null) clock.at(unsubscribeAtMs, stop)
      await clock.run(() => false)
      stop()
      await clock.run(() => false)
      await runtime.closed()

      for (const error of scene.errors) if (!isOneOf(error, ['drawn'], ['stale-frame', 'overflow'])) throw error
      scene.checkHandles()
      expect(pool.count().lent, 'lent is what someone has not given back').toBe(neverGivenBack.size)
      for (const [frame, shares] of neverGivenBack) {
        expect(frame.live).toBe(true)
        for (const giveBack of shares) giveBack()
      }
      scene.checkHandles()
      expectNoLeaks(runtime)
      expect(pool.count().lent, 'idle means none lent').toBe(0)
      expect(pool.count().free).toBeLessThanOrEqual(bound)

      met.runs++
      if (pool.count().pastBound > 0) met['past the bound']++
      if (scene.staleReads > 0) met['stale reads']++
      if (scene.errors.length > 0) met.failed++
      if (unsubscribeAtMs !== null) met.cancelled++
      if (neverGivenBack.size > 0) met['never given back']++
    }),
    { numRuns: runs(1000) },
  )
  // A law over trees in which nothing happens would say nothing.
  const { runs: all, ...kinds } = met
  expect(Object.entries(kinds).filter(([, count]) => count < all / 20)).toEqual([])
}, 240_000)

function isOneOf(error: unknown, messages: readonly string[], codes: readonly string[]): boolean {
  const { message, code } = error as { readonly message?: string; readonly code?: string }
  return messages.includes(message ?? '') || codes.includes(code ?? '')
}
