import { bytesOf, Frame, type FrameGeometry, type PixelFormat } from './frame.js'

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

/** @param bound how many buffers it keeps, over all sizes; 64 unless told */
export function createPool(bound = 64): FramePool {
  const free = new Map<number, Uint8Array<SharedArrayBuffer>[]>()
  let kept = 0
  let lent = 0
  let pastBound = 0
  let waiting: (() => void)[] = []

  function giveBack(bytes: Uint8Array<SharedArrayBuffer>, pooled: boolean): void {
    lent--
    if (lent === 0) tellIdle()
    if (!pooled) return
    const shelf = free.get(bytes.byteLength)
    if (shelf === undefined) free.set(bytes.byteLength, [bytes])
    else shelf.push(bytes)
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
      if (ready === undefined) {
        if (pooled) kept++
        else pastBound++
      }
      const bytes = ready ?? new Uint8Array(new SharedArrayBuffer(size))
      lent++
      return new Frame(bytes, shape, () => {
        giveBack(bytes, pooled)
      })
    },
    count() {
      let lying = 0
      for (const shelf of free.values()) lying += shelf.length
      return { lent, free: lying, pastBound }
    },
    idle: () =>
      lent === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
  }
}
