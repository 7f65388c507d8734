/**
 * Numbers from 0 to below 1 that look like chance and are none: the same seed and name give the same row (T2), and each name
 * has a row of its own, so that what one stage draws changes nothing for another.
 * Source: mulberry32 by Tommy Ettinger; the name is mixed in by FNV-1a.
 *
 * @example
 * const next = createRandom(1, 'faces/detect-faces')
 * next() // 0.19…
 */
export function createRandom(seed: number, name: string): () => number {
  let state = (2_166_136_261 ^ seed) >>> 0
  for (const letter of name) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
