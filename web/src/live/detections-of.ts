export type Found = {
  readonly label: string
  readonly score: number
  readonly boxPx: readonly [number, number, number, number]
  readonly keypointsPx: readonly (readonly [number, number])[]
  readonly track?: number | string
}

export type Detections = { readonly sizePx: readonly [number, number]; readonly found: readonly Found[] }

type Kept = { readonly origin: string; readonly seq: number; readonly value: Detections }

/** Results of the last pictures, to be found by the picture that they belong to. */
export class DetectionsOf {
  readonly #kept: Kept[] = []
  readonly #capacity: number
  #version = 0

  constructor(capacity = 24) {
    this.#capacity = capacity
  }

  add(origin: string, seq: number, value: unknown): void {
    if (!isDetections(value)) return
    this.#kept.push({ origin, seq, value })
    if (this.#kept.length > this.#capacity) this.#kept.shift()
    this.#version++
  }

  /** Changes with each result. */
  get version(): number {
    return this.#version
  }

  /** What was found in this picture; while it is not there yet, in the newest before it that is not older than `back`. */
  at(origin: string, seq: number, back = 10): Detections | null {
    let best: Kept | null = null
    for (const kept of this.#kept) {
      if (kept.origin !== origin || kept.seq > seq || kept.seq < seq - back) continue
      if (best === null || kept.seq >= best.seq) best = kept
    }
    return best?.value ?? null
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
