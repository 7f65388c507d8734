import { bytesOf, createPixelMemory, Frame, type FrameGeometry, type FrameWatch } from './frame.js'
import type { PixelFormat, PixelMemory } from './frame.js'

export type PictureShape = {
  readonly format: PixelFormat
  readonly widthPx: number
  readonly heightPx: number
  readonly geometry: FrameGeometry
}

/** What a pool tells of itself: exact at every instant. */
export type PoolCount = {
  /** Frames lent now. Idle means 0. */
  readonly lent: number
  /** Buffers that lie ready. */
  readonly free: number
  /** How often it had to allocate past its bound, because frames were not given back. */
  readonly pastBound: number
  /** Frames that were never given back and that nobody can give back any more: the garbage collector found them. */
  readonly forgotten: number
}

/**
 * A bounded pool of shared memory for frames (S6).
 * Forgetting never starves it: past its bound it allocates all the same, counts that, and lets such memory go.
 */
export type FramePool = {
  /** A fresh frame, its first share held by the caller: fill `frame.bytes`, hand it on, `release()` it. */
  readonly lease: (shape: PictureShape) => Frame
  readonly count: () => PoolCount
  /** Resolves when no frame is lent; at once where none is. */
  readonly idle: () => Promise<void>
}

/** Watches the frames of a pool, for the test kit; called for each lease. */
export type PoolWatch = (memory: PixelMemory, shape: PictureShape) => FrameWatch

let watchNew: PoolWatch | null = null

/** From now on every new pool is watched; null ends that. For test runners alone: a run has no use for it. */
export function watchNewPools(watch: PoolWatch | null): void {
  watchNew = watch
}

type Lease = { readonly memory: PixelMemory; readonly pooled: boolean }

/** @param bound how many buffers it keeps, over all sizes; 64 unless told */
export function createPool(bound = 64, watch: PoolWatch | null = watchNew): FramePool {
  const free = new Map<number, PixelMemory[]>()
  let kept = 0
  let lent = 0
  let pastBound = 0
  let forgotten = 0
  let waiting: (() => void)[] = []
  // Somebody may still have a view of the pixels, so forgotten memory is let go, never lent again.
  const collected = new FinalizationRegistry<Pick<Lease, 'pooled'>>(({ pooled }) => {
    lent--
    forgotten++
    if (lent === 0) tellIdle()
    if (pooled) kept--
  })

  function giveBack(lease: Lease): void {
    collected.unregister(lease)
    lent--
    if (lent === 0) tellIdle()
    if (!lease.pooled) return
    const { memory } = lease
    const shelf = free.get(memory.bytes.byteLength)
    if (shelf === undefined) free.set(memory.bytes.byteLength, [memory])
    else shelf.push(memory)
  }

  function tellIdle(): void {
    const all = waiting
    waiting = []
    for (const resolve of all) resolve()
  }

  /** A buffer that lies ready in another size makes room for one that is needed. */
  function makeRoom(): void {
    for (const [size, shelf] of free) {
      if (shelf.pop() === undefined) continue
      if (shelf.length === 0) free.delete(size)
      kept--
      return
    }
  }

  return {
    lease(shape) {
      const size = bytesOf(shape.format, shape.widthPx, shape.heightPx)
      const ready = free.get(size)?.pop()
      if (ready === undefined && kept === bound) makeRoom()
      const pooled = ready !== undefined || kept < bound
      const memory = ready ?? createPixelMemory(size)
      if (ready === undefined) {
        if (pooled) kept++
        else pastBound++
      }
      lent++
      const lease = { memory, pooled }
      const frame = new Frame(
        memory,
        shape,
        () => {
          giveBack(lease)
        },
        watch?.(memory, shape) ?? null,
      )
      collected.register(frame, lease, lease)
      return frame
    },
    count() {
      let lying = 0
      for (const shelf of free.values()) lying += shelf.length
      return { lent, free: lying, pastBound, forgotten }
    },
    idle: () =>
      lent === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
  }
}
