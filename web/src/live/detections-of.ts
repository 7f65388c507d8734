export type Found = {
  readonly label: string
  readonly score: number
  readonly boxPx: readonly [number, number, number, number]
  readonly keypointsPx: readonly (readonly [number, number])[]
  /** 0 to 1, one for each keypoint, where the model tells them. */
  readonly keypointScores?: readonly number[]
  readonly track?: number | string
}

export type Detections = { readonly sizePx: readonly [number, number]; readonly found: readonly Found[] }

type Kept = { readonly result: string; readonly origin: string; readonly seq: number; readonly value: Detections }

/** Results of the last pictures, to be found by the picture that they belong to. */
export class DetectionsOf {
  readonly #kept: Kept[] = []
  readonly #capacity: number
  #version = 0

  constructor(capacity = 48) {
    this.#capacity = capacity
  }

  add(result: string, origin: string, seq: number, value: unknown): void {
    if (!isDetections(value)) return
    this.#kept.push({ result, origin, seq, value })
    if (this.#kept.length > this.#capacity) this.#kept.shift()
    this.#version++
  }

  /** Changes with each result. */
  get version(): number {
    return this.#version
  }

  /**
   * What was found in this picture, by all results; of one that is not there yet, in the newest before it that is not older than
   * `back`. What one result follows and another only finds is told once, with its track.
   */
  at(origin: string, seq: number, back = 10): Detections | null {
    const best = new Map<string, Kept>()
    for (const kept of this.#kept) {
      if (kept.origin !== origin || kept.seq > seq || kept.seq < seq - back) continue
      if (kept.seq >= (best.get(kept.result)?.seq ?? -1)) best.set(kept.result, kept)
    }
    const [first, ...others] = best.values()
    if (first === undefined || others.length === 0) return first?.value ?? null
    const all = [...best.values()].flatMap(({ value }) => value.found)
    const followed = all.filter(({ track }) => track !== undefined)
    const found = all.filter((one) => one.track !== undefined || !followed.some((other) => isSame(one, other)))
    return { sizePx: first.value.sizePx, found }
  }

  clear(): void {
    this.#kept.length = 0
    this.#version++
  }
}

function isDetections(value: unknown): value is Detections {
  const { sizePx, found } = (value ?? {}) as { sizePx?: unknown; found?: unknown }
  return Array.isArray(sizePx) && Array.isArray(found)
}

/** Whether two results mean one thing: of one label, and more of it shared than not. */
function isSame(one: Found, other: Found): boolean {
  const [ax, ay, aw, ah] = one.boxPx
  const [bx, by, bw, bh] = other.boxPx
  const across = Math.min(ax + aw, bx + bw) - Math.max(ax, bx)
  const down = Math.min(ay + ah, by + bh) - Math.max(ay, by)
  if (one.label !== other.label || across <= 0 || down <= 0) return false
  const both = across * down
  return both / (aw * ah + bw * bh - both) > 0.5
}
