import { storeApart } from './vectors'

/**
 * Between neighbours of a row of pixels of three bytes, in whole numbers of 1/128: four of 32 bits a pixel, the last of no meaning.
 * `places` holds where the first of each two lies, in bytes; `weights` its weight and the second's, words of 1/2048.
 */
export function bytesAcross(from: usize, places: usize, weights: usize, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 4); to < end; places += 16, weights += 16, to += 64) {
    v128.store(to, across(from + load<u32>(places), weights))
    v128.store(to, across(from + load<u32>(places, 4), weights + 4), 16)
    v128.store(to, across(from + load<u32>(places, 8), weights + 8), 32)
    v128.store(to, across(from + load<u32>(places, 12), weights + 12), 48)
  }
}

function across(from: usize, weights: usize): v128 {
  // Each colour of the first beside that of the second, as words.
  const pairs = i8x16.swizzle(
    v128.load_zero<u64>(from),
    i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1),
  )
  return i32x4.shr_s(i32x4.dot_i16x8_s(pairs, v128.load_splat<u32>(weights)), 4)
}

/** Between two such rows, of these weights: levels, each product cut off as OpenCV cuts it. */
export function bytesDown(
  upper: usize,
  lower: usize,
  first: i32,
  second: i32,
  a: usize,
  b: usize,
  c: usize,
  count: i32,
): void {
  const w0 = i32x4.splat(first)
  const w1 = i32x4.splat(second)
  const end = a + ((<usize>count) << 2)
  while (a < end) {
    const p0 = blend(v128.load(upper), v128.load(lower), w0, w1)
    const p1 = blend(v128.load(upper, 16), v128.load(lower, 16), w0, w1)
    const p2 = blend(v128.load(upper, 32), v128.load(lower, 32), w0, w1)
    const p3 = blend(v128.load(upper, 48), v128.load(lower, 48), w0, w1)
    storeApart(a, b, c, p0, p1, p2, p3)
    upper += 64
    lower += 64
    a += 16
    b += 16
    c += 16
  }
}

function blend(upper: v128, lower: v128, w0: v128, w1: v128): v128 {
  // All are below 2¹⁵, so that a product of words is that of the whole number.
  const sum = i32x4.add(i32x4.shr_s(i32x4.dot_i16x8_s(upper, w0), 16), i32x4.shr_s(i32x4.dot_i16x8_s(lower, w1), 16))
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.add(sum, i32x4.splat(2)), 2))
}
