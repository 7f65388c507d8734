import { SaccadeError } from './errors.js'
import { bytesOf, type SharedPixels } from './frame.js'

/** So that the place of every byte fits 31 bits: larger numbers cost more to reckon with. */
const mostPx = 16_384

/**
 * Whether pixels can be read at all: a size of at least a pixel, one that can be reckoned with, and memory for all of it.
 *
 * @throws SaccadeError `stage`
 */
export function checkPicture(model: string, { buffer, byteOffset, format, widthPx, heightPx }: SharedPixels): void {
  const size = `${String(widthPx)}x${String(heightPx)}`
  for (const side of [widthPx, heightPx]) {
    if (Number.isInteger(side) && side >= 1 && side <= mostPx) continue
    throw new SaccadeError(
      `cannot give model ${model} a picture as its sides must be 1 to ${String(mostPx)} px: it has ${size}`,
      { code: 'stage', remedy: 'scale it before (resize: 640x360), or let the stage skip it with onError: skip' },
    )
  }
  const bytes = bytesOf(format, widthPx, heightPx)
  if (byteOffset + bytes <= buffer.byteLength) return
  throw new SaccadeError(
    `cannot give model ${model} a picture as ${format} of ${size} px must have ${String(bytes)} bytes: it has ${String(buffer.byteLength - byteOffset)}`,
    { code: 'stage', remedy: 'make frames by a pool (runtime.pool.lease), which gives them memory of their size' },
  )
}
