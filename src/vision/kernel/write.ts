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
 * the third: the colours are y · gain + p · p0 + bias0, y · gain + p · p1 + q · q1 + bias1, y · gain + q · q2 + bias2.
 */
export function coloursToPlanes(
  y: usize,
  p: usize,
  q: usize,
  gain: f32,
  p0: f32,
  bias0: f32,
  p1: f32,
  q1: f32,
  bias1: f32,
  q2: f32,
  bias2: f32,
  low: f32,
  high: f32,
  a: usize,
  b: usize,
  c: usize,
  count: i32,
): void {
  let left = count
  // Numbers are spread over vectors before the loop: nobody takes that out of it.
  const g = f32x4.splat(gain)
  const g0 = f32x4.splat(p0)
  const g1 = f32x4.splat(p1)
  const h1 = f32x4.splat(q1)
  const g2 = f32x4.splat(q2)
  const o0 = f32x4.splat(bias0)
  const o1 = f32x4.splat(bias1)
  const o2 = f32x4.splat(bias2)
  const least = f32x4.splat(low)
  const most = f32x4.splat(high)
  for (; left >= 4; left -= 4, y += 16, p += 16, q += 16, a += 16, b += 16, c += 16) {
    const l = f32x4.mul(v128.load(y), g)
    v128.store(a, outer(l, p, g0, o0, least, most))
    v128.store(b, inner(l, p, q, g1, h1, o1, least, most))
    v128.store(c, outer(l, q, g2, o2, least, most))
  }
  const l = f32x4.mul(v128.load(y), g)
  v128.store(rest, outer(l, p, g0, o0, least, most))
  v128.store(rest, inner(l, p, q, g1, h1, o1, least, most), 16)
  v128.store(rest, outer(l, q, g2, o2, least, most), 32)
  memory.copy(a, rest, (<usize>left) << 2)
  memory.copy(b, rest + 16, (<usize>left) << 2)
  memory.copy(c, rest + 32, (<usize>left) << 2)
}

/** The same into pixels of a tensor. */
export function coloursToPixels(
  y: usize,
  p: usize,
  q: usize,
  gain: f32,
  p0: f32,
  bias0: f32,
  p1: f32,
  q1: f32,
  bias1: f32,
  q2: f32,
  bias2: f32,
  low: f32,
  high: f32,
  to: usize,
  count: i32,
): void {
  let left = count
  const g = f32x4.splat(gain)
  const g0 = f32x4.splat(p0)
  const g1 = f32x4.splat(p1)
  const h1 = f32x4.splat(q1)
  const g2 = f32x4.splat(q2)
  const o0 = f32x4.splat(bias0)
  const o1 = f32x4.splat(bias1)
  const o2 = f32x4.splat(bias2)
  const least = f32x4.splat(low)
  const most = f32x4.splat(high)
  for (; left >= 4; left -= 4, y += 16, p += 16, q += 16, to += 48) {
    const l = f32x4.mul(v128.load(y), g)
    const a = outer(l, p, g0, o0, least, most)
    const b = inner(l, p, q, g1, h1, o1, least, most)
    storeTogether(to, a, b, outer(l, q, g2, o2, least, most))
  }
  const l = f32x4.mul(v128.load(y), g)
  const a = outer(l, p, g0, o0, least, most)
  const b = inner(l, p, q, g1, h1, o1, least, most)
  storeTogether(rest, a, b, outer(l, q, g2, o2, least, most))
  memory.copy(to, rest, <usize>left * 12)
}

function level(from: usize, gain: v128, bias: v128): v128 {
  return f32x4.add(f32x4.mul(v128.load(from), gain), bias)
}

function outer(y: v128, chroma: usize, gain: v128, bias: v128, least: v128, most: v128): v128 {
  return clip(f32x4.add(y, level(chroma, gain, bias)), least, most)
}

function inner(y: v128, p: usize, q: usize, pGain: v128, qGain: v128, bias: v128, least: v128, most: v128): v128 {
  return clip(f32x4.add(y, f32x4.add(f32x4.mul(v128.load(p), pGain), level(q, qGain, bias))), least, most)
}

function clip(value: v128, least: v128, most: v128): v128 {
  return f32x4.pmin(f32x4.pmax(value, least), most)
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
