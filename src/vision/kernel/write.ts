/** Room for the last pixels of a row, so that nothing is written behind it: the first 48 bytes of the memory are the kernel's own. */
const rest: usize = 0

/** A row of numbers into a tensor's: v · gain + bias. */
export function levelsToPlanes(from: usize, gain: f32, bias: f32, to: usize, count: i32): void {
  const g = f32x4.splat(gain)
  const o = f32x4.splat(bias)
  let left = count
  for (; left >= 4; left -= 4, from += 16, to += 16) v128.store(to, level(from, g, o))
  v128.store(rest, level(from, g, o))
  memory.copy(to, rest, (<usize>left) << 2)
}

/** Three rows of numbers into pixels of a tensor. */
export function levelsToPixels(a: usize, b: usize, c: usize, gain: f32, bias: f32, to: usize, count: i32): void {
  const g = f32x4.splat(gain)
  const o = f32x4.splat(bias)
  let left = count
  for (; left >= 4; left -= 4, a += 16, b += 16, c += 16, to += 48)
    storeTogether(to, level(a, g, o), level(b, g, o), level(c, g, o))
  storeTogether(rest, level(a, g, o), level(b, g, o), level(c, g, o))
  memory.copy(to, rest, <usize>left * 12)
}

/**
 * Rows of luma and chroma into three planes of a tensor, cut off at both ends. `p` is the chroma of the first plane, `q` that of
 * the third. The ten numbers at `colours`: gain, p0, bias0, p1, q1, bias1, q2, bias2 and both ends, of y · gain + p · p0 + bias0,
 * y · gain + p · p1 + q · q1 + bias1, y · gain + q · q2 + bias2.
 */
export function coloursToPlanes(
  y: usize,
  p: usize,
  q: usize,
  colours: usize,
  a: usize,
  b: usize,
  c: usize,
  count: i32,
): void {
  let left = count
  for (; left >= 4; left -= 4, y += 16, p += 16, q += 16, a += 16, b += 16, c += 16) {
    v128.store(a, outer(y, p, colours, colours + 4))
    v128.store(b, inner(y, p, q, colours))
    v128.store(c, outer(y, q, colours, colours + 24))
  }
  v128.store(rest, outer(y, p, colours, colours + 4))
  v128.store(rest, inner(y, p, q, colours), 16)
  v128.store(rest, outer(y, q, colours, colours + 24), 32)
  memory.copy(a, rest, (<usize>left) << 2)
  memory.copy(b, rest + 16, (<usize>left) << 2)
  memory.copy(c, rest + 32, (<usize>left) << 2)
}

/** The same into pixels of a tensor. */
export function coloursToPixels(y: usize, p: usize, q: usize, colours: usize, to: usize, count: i32): void {
  let left = count
  for (; left >= 4; left -= 4, y += 16, p += 16, q += 16, to += 48) storeColours(to, y, p, q, colours)
  storeColours(rest, y, p, q, colours)
  memory.copy(to, rest, <usize>left * 12)
}

function storeColours(to: usize, y: usize, p: usize, q: usize, colours: usize): void {
  storeTogether(to, outer(y, p, colours, colours + 4), inner(y, p, q, colours), outer(y, q, colours, colours + 24))
}

function level(from: usize, gain: v128, bias: v128): v128 {
  return f32x4.add(f32x4.mul(v128.load(from), gain), bias)
}

/** A colour of one chroma, whose gain and bias are at `own`. */
function outer(y: usize, chroma: usize, colours: usize, own: usize): v128 {
  const value = level(chroma, v128.load_splat<f32>(own), v128.load_splat<f32>(own, 4))
  return clip(f32x4.add(luma(y, colours), value), colours)
}

/** The colour of both. */
function inner(y: usize, p: usize, q: usize, colours: usize): v128 {
  const ofP = f32x4.mul(v128.load(p), v128.load_splat<f32>(colours, 12))
  const ofQ = level(q, v128.load_splat<f32>(colours, 16), v128.load_splat<f32>(colours, 20))
  return clip(f32x4.add(luma(y, colours), f32x4.add(ofP, ofQ)), colours)
}

function luma(y: usize, colours: usize): v128 {
  return f32x4.mul(v128.load(y), v128.load_splat<f32>(colours))
}

function clip(value: v128, colours: usize): v128 {
  return f32x4.pmin(f32x4.pmax(value, v128.load_splat<f32>(colours, 32)), v128.load_splat<f32>(colours, 36))
}

/** Four of each colour as four pixels. */
function storeTogether(to: usize, a: v128, b: v128, c: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 2, 4, 6)
  const bc = v128.shuffle<f32>(b, c, 1, 3, 5, 7)
  const ca = v128.shuffle<f32>(c, a, 0, 2, 5, 7)
  v128.store(to, v128.shuffle<f32>(ab, ca, 0, 2, 4, 6))
  v128.store(to, v128.shuffle<f32>(bc, ab, 0, 2, 5, 7), 16)
  v128.store(to, v128.shuffle<f32>(ca, bc, 1, 3, 5, 7), 32)
}
