import type { Kernel } from './kernel.js'
import type { Resampler } from './plane.js'

/** Rows that are made in one go, of the rows of each plane that were copied in for them. */
export type Band = { readonly fromRow: number; readonly toRow: number; readonly copies: readonly Copy[] }

type Copy = {
  readonly fromByte: number
  readonly toByte: number
  /** Where they go. */
  readonly at: number
  /** Where the plane's row 0 would lie then. */
  readonly base: number
}

/** So much of a picture is copied in at once, or what one row needs where that is more: it stays near the processor meanwhile. */
const bandBytes = 96 * 1024

/**
 * Cuts the making of a picture into bands, so that memory follows from what a few rows need, not from the whole picture: the
 * kernel's memory never gets smaller, and pictures may be huge.
 */
export function bandsOf(kernel: Kernel, resamplers: readonly Resampler[], heightPx: number): readonly Band[] {
  const bytesOf = ({ plane, firsts, ends }: Resampler, from: number, last: number): number =>
    ((ends[last] ?? 0) - (firsts[from] ?? 0)) * plane.widthPx * plane.channels
  const fits = (from: number, last: number): boolean =>
    resamplers.reduce((sum, one) => sum + bytesOf(one, from, last), 0) <= bandBytes
  const edges = [0]
  for (let from = 0, y = 1; y <= heightPx; y++) {
    if (y < heightPx && fits(from, y)) continue
    edges.push(y)
    from = y
  }
  const pairs = edges.slice(1).map((toRow, i) => [edges[i] ?? 0, toRow] as const)
  const places = resamplers.map((one) =>
    kernel.take(Math.max(...pairs.map(([fromRow, toRow]) => bytesOf(one, fromRow, toRow - 1)))),
  )
  return pairs.map(([fromRow, toRow]) => ({
    fromRow,
    toRow,
    copies: resamplers.map(({ plane, firsts, ends }, i) => {
      const stride = plane.widthPx * plane.channels
      const [skipped, at] = [(firsts[fromRow] ?? 0) * stride, places[i] ?? 0]
      const toByte = plane.fromByte + (ends[toRow - 1] ?? 0) * stride
      return { fromByte: plane.fromByte + skipped, toByte, at, base: at - skipped }
    }),
  }))
}
