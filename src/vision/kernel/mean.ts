import { lowerHalf, storeApart, upperHalf } from './vectors'

/** Of so many a word holds the sum. */
const inWords = 256

/** Adds rows of bytes, `stride` apart: whole numbers of 32 bits. */
export function sumRows(from: usize, stride: usize, rows: i32, to: usize, count: i32): void {
  for (const end = from + count; from < end; from += 16, to += 64) {
    let s0 = i32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let at = from
    for (let left = rows; left > 0; left -= inWords) {
      let low = i16x8.splat(0)
      let high = low
      for (let n = min(left, inWords); n > 0; n--, at += stride) {
        const bytes = v128.load(at)
        low = i16x8.add(low, lowerHalf(bytes))
        high = i16x8.add(high, upperHalf(bytes))
      }
      s0 = i32x4.add(s0, i32x4.extend_low_i16x8_u(low))
      s1 = i32x4.add(s1, i32x4.extend_high_i16x8_u(low))
      s2 = i32x4.add(s2, i32x4.extend_low_i16x8_u(high))
      s3 = i32x4.add(s3, i32x4.extend_high_i16x8_u(high))
    }
    v128.store(to, s0)
    v128.store(to, s1, 16)
    v128.store(to, s2, 32)
    v128.store(to, s3, 48)
  }
}

/**
 * Means of blocks of sums. `blocks` holds for each: where it begins in `sums`, in bytes, and where it ends; `shares` what a sum is
 * multiplied with, `share` too.
 */
export function meanOfOne(sums: usize, blocks: usize, shares: usize, share: f32, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; blocks += 8, shares += 4, to += 4) {
    let at = sums + load<u32>(blocks)
    const last = sums + load<u32>(blocks, 4)
    let sum = load<i32>(at)
    while ((at += 4) < last) sum += load<i32>(at)
    store<f32>(to, <f32>sum * load<f32>(shares) * share)
  }
}

/** The same of pixels of three. */
export function meanOfThree(
  sums: usize,
  blocks: usize,
  shares: usize,
  share: f32,
  a: usize,
  b: usize,
  c: usize,
  count: i32,
): void {
  const end = a + ((<usize>count) << 2)
  while (a < end) {
    const p0 = meanPixel(sums, blocks, shares, share)
    const p1 = meanPixel(sums, blocks + 8, shares + 4, share)
    const p2 = meanPixel(sums, blocks + 16, shares + 8, share)
    const p3 = meanPixel(sums, blocks + 24, shares + 12, share)
    storeApart(a, b, c, p0, p1, p2, p3)
    blocks += 32
    shares += 16
    a += 16
    b += 16
    c += 16
  }
}

function meanPixel(sums: usize, block: usize, shares: usize, share: f32): v128 {
  let at = sums + load<u32>(block)
  const last = sums + load<u32>(block, 4)
  let sum = v128.load(at)
  while ((at += 12) < last) sum = i32x4.add(sum, v128.load(at))
  return f32x4.mul(f32x4.convert_i32x4_s(sum), f32x4.splat(load<f32>(shares) * share))
}
