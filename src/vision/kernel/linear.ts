import { storeApart } from './vectors'

/** Between two rows of bytes: `share` is the second's. */
export function mixRows(first: usize, second: usize, share: f32, to: usize, count: i32): void {
  const s = f32x4.splat(share)
  for (const end = first + count; first < end; first += 8, second += 8, to += 32) {
    const a = v128.load_ext<u8>(first)
    const b = v128.load_ext<u8>(second)
    v128.store(to, between(numbers(i32x4.extend_low_i16x8_u(a)), numbers(i32x4.extend_low_i16x8_u(b)), s))
    v128.store(to, between(numbers(i32x4.extend_high_i16x8_u(a)), numbers(i32x4.extend_high_i16x8_u(b)), s), 16)
  }
}

/**
 * Between neighbours of a row. `places` holds where the first of each two lies, in bytes; `shares` the second's share. The last
 * of a row has a share of 0 of what lies behind it, which must be a number.
 */
export function linearOfOne(from: usize, places: usize, shares: usize, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; places += 16, shares += 16, to += 16) {
    const low = v128.load_lane<u64>(from + load<u32>(places, 4), v128.load_zero<u64>(from + load<u32>(places)), 1)
    const high = v128.load_lane<u64>(from + load<u32>(places, 12), v128.load_zero<u64>(from + load<u32>(places, 8)), 1)
    const a = v128.shuffle<f32>(low, high, 0, 2, 4, 6)
    const b = v128.shuffle<f32>(low, high, 1, 3, 5, 7)
    v128.store(to, between(a, b, v128.load(shares)))
  }
}

/** The same of pixels of three. */
export function linearOfThree(
  from: usize,
  places: usize,
  shares: usize,
  a: usize,
  b: usize,
  c: usize,
  count: i32,
): void {
  const end = a + ((<usize>count) << 2)
  while (a < end) {
    const p0 = linearPixel(from + load<u32>(places), shares)
    const p1 = linearPixel(from + load<u32>(places, 4), shares + 4)
    const p2 = linearPixel(from + load<u32>(places, 8), shares + 8)
    const p3 = linearPixel(from + load<u32>(places, 12), shares + 12)
    storeApart(a, b, c, p0, p1, p2, p3)
    places += 16
    shares += 16
    a += 16
    b += 16
    c += 16
  }
}

function linearPixel(at: usize, share: usize): v128 {
  return between(v128.load(at), v128.load(at, 12), v128.load_splat<f32>(share))
}

function between(a: v128, b: v128, share: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), share))
}

function numbers(whole: v128): v128 {
  return f32x4.convert_i32x4_s(whole)
}
