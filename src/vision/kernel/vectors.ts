export function lowerHalf(bytes: v128): v128 {
  return i16x8.extend_low_i8x16_u(bytes)
}

export function upperHalf(bytes: v128): v128 {
  return i16x8.extend_high_i8x16_u(bytes)
}

/** 16 bytes as numbers. */
export function storeBytes(to: usize, bytes: v128): void {
  storeWords(to, lowerHalf(bytes))
  storeWords(to + 32, upperHalf(bytes))
}

/** Eight words as numbers. */
export function storeWords(to: usize, words: v128): void {
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words)))
  v128.store(to + 16, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(words)))
}

/** Four pixels of three colours and something, as four of each colour. */
export function storeApart(a: usize, b: usize, c: usize, p0: v128, p1: v128, p2: v128, p3: v128): void {
  const low = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5)
  const high = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5)
  v128.store(a, v128.shuffle<f32>(low, high, 0, 1, 4, 5))
  v128.store(b, v128.shuffle<f32>(low, high, 2, 3, 6, 7))
  v128.store(
    c,
    v128.shuffle<f32>(v128.shuffle<f32>(p0, p1, 2, 6, 3, 7), v128.shuffle<f32>(p2, p3, 2, 6, 3, 7), 0, 1, 4, 5),
  )
}
