import type { DecodeJpeg } from './adapters.js'
import type { CameraItem } from './camera-client.js'
import { fitInto } from './camera-wire.js'
import { createHandOver } from './hand-over.js'
import { jpegSize } from './jpeg-size.js'
import type { DecodedPicture, TrackReader, VideoWish } from './media-source.js'
import type { FramePool } from './pool.js'

export type CameraTrack<Item> = { readonly reader: TrackReader<Item>; readonly offer: (item: CameraItem) => void }

/** Where a plan names no size; also the most that a browser is asked for. */
export const usualBoxPx = [1280, 1280] as const

/**
 * Pictures of a browser: one is being decoded at most and the newest waits, so that nothing stale queues up. A picture that
 * is no JPEG of the size that was asked for, or breaks off, is left out and counted.
 */
export function createPictureTrack(
  wish: VideoWish,
  pool: FramePool,
  decoder: Promise<DecodeJpeg>,
  events: { readonly refused: (why: 'size' | 'broken') => void; readonly closed: () => void },
): CameraTrack<DecodedPicture> {
  // Told by the first reading; where there is none, by nobody.
  void decoder.catch(() => undefined)
  let decoding: Promise<unknown> = Promise.resolve()
  let closed = false
  /** Lost before the item that was taken last, and before one that waits. */
  let lost = 0
  let passed = 0

  const shelf = createHandOver<CameraItem>({
    keep: 1,
    live: true,
    letGo: (item) => {
      passed += item.lost
      item.through()
    },
    onRoom: () => undefined,
    stop: async () => {
      closed = true
      await decoding
      events.closed()
    },
  })

  const decode = async (item: CameraItem): Promise<DecodedPicture | null> => {
    const { header, payload, captured } = item
    const source = [header.sourceWidthPx, header.sourceHeightPx] as const
    const size = jpegSize(payload)
    if (size === null || !fits(size, source, wish.fitPx ?? usualBoxPx)) {
      events.refused(size === null ? 'broken' : 'size')
      return null
    }
    const [widthPx, heightPx] = size
    const [sourceWidthPx, sourceHeightPx] = source
    const scaleX = sourceWidthPx / widthPx
    const scaleY = sourceHeightPx / heightPx
    const geometry = { sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx: 0, offsetYPx: 0 }
    const frame = pool.lease({ format: wish.format, widthPx, heightPx, geometry })
    const whole = await (
      await decoder
    )(payload, frame).then(
      () => true,
      () => false,
    )
    if (whole && !closed) return { mediaTimeMs: null, captured, frame }
    frame.release()
    if (!whole) events.refused('broken')
    return null
  }

  return {
    offer: shelf.push,
    reader: {
      async next() {
        await decoder
        for (;;) {
          const item = await shelf.reader.next()
          if (item === null) return null
          lost += item.lost + passed + shelf.reader.takeLost()
          passed = 0
          const decoded = decode(item)
          decoding = decoded
          const picture = await decoded
          item.through()
          if (picture !== null || closed) return picture
          lost++
        }
      },
      takeLost() {
        const count = lost
        lost = 0
        return count
      },
      close: shelf.reader.close,
    },
  }
}

function fits(
  [widthPx, heightPx]: readonly [number, number],
  source: readonly [number, number],
  box: readonly [number, number],
): boolean {
  if (source[0] === 0 || source[1] === 0) return false
  const [width, height] = fitInto(source, box)
  return width === widthPx && height === heightPx
}
