import { lowerHalf, storeBytes, storeWords, upperHalf } from './vectors'

/** A row of bytes as numbers. */
export function plain(from: usize, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; from += 16, to += 64) storeBytes(to, v128.load(from))
}

/** The same, each twice. */
export function doubled(from: usize, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; from += 8, to += 64) {
    const bytes = v128.load_zero<u64>(from)
    storeBytes(to, i8x16.shuffle(bytes, bytes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7))
  }
}

/** Some bytes of a row as numbers; `places` says which. */
export function picked(from: usize, places: usize, to: usize, count: i32): void {
  for (const end = to + ((<usize>count) << 2); to < end; places += 16, to += 16) {
    const low = load<u8>(from + load<u32>(places)) | ((<u32>load<u8>(from + load<u32>(places, 4))) << 16)
    const high = load<u8>(from + load<u32>(places, 8)) | ((<u32>load<u8>(from + load<u32>(places, 12))) << 16)
    const words = i64x2.splat((<i64>low) | ((<i64>high) << 32))
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(words)))
  }
}

/** A row of pixels of three bytes as three rows of numbers. */
export function parted(from: usize, a: usize, b: usize, c: usize, count: i32): void {
  const end = a + ((<usize>count) << 2)
  while (a < end) {
    // Eight pixels: their first 16 bytes, and their last 16.
    const low = v128.load(from)
    const high = v128.load(from, 8)
    storeWords(a, lowerHalf(i8x16.shuffle(low, high, 0, 3, 6, 9, 12, 15, 26, 29, 0, 0, 0, 0, 0, 0, 0, 0)))
    storeWords(b, lowerHalf(i8x16.shuffle(low, high, 1, 4, 7, 10, 13, 24, 27, 30, 0, 0, 0, 0, 0, 0, 0, 0)))
    storeWords(c, lowerHalf(i8x16.shuffle(low, high, 2, 5, 8, 11, 14, 25, 28, 31, 0, 0, 0, 0, 0, 0, 0, 0)))
    from += 24
    a += 32
    b += 32
    c += 32
  }
}
