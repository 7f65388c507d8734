import { fc } from './fast-check.js'
import { Picture } from './picture.js'

const anySide = fc.integer({ min: 1, max: 8 }).map((half) => half * 2)
const anyScale = fc.constantFrom(1, 2, 2.5)

/** Small pictures in each format, often a part or a scaled one of their source (S7). Lease them to have a frame. */
export const anyPicture: fc.Arbitrary<Picture> = fc
  .record({
    format: fc.constantFrom('gray' as const, 'rgb24' as const, 'yuv420p' as const),
    widthPx: anySide,
    heightPx: anySide,
    scaleX: anyScale,
    scaleY: anyScale,
    seed: fc.integer({ min: 0, max: 99 }),
  })
  .map(({ format, widthPx, heightPx, scaleX, scaleY, seed }) => {
    const [sourceWidthPx, sourceHeightPx] = [widthPx * scaleX, heightPx * scaleY]
    const geometry = { sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx: 0, offsetYPx: 0 }
    return new Picture({ format, widthPx, heightPx, geometry }, seed)
  })
