import { fitInto } from '../../../src/core/camera-wire.js'
import { JpegEncoder } from './jpeg-encoder.js'

export type CapturedPicture = {
  readonly seq: number
  readonly stamp: 'captured' | 'arrived'
  /** On the page's clock. */
  readonly capturedAtMs: number
  readonly sourcePx: readonly [number, number]
  /** Makes the JPEG; called in the same turn, or not at all. Null where it could not be made. */
  readonly encode: (fitPx: readonly [number, number]) => Promise<ArrayBuffer | null>
}

const jpegQuality = 0.75
/** A capture time further off than this is of another clock. */
const believableMs = 5000

/**
 * Calls for each picture that the video shows, with the time it was captured where the browser tells it. Returns how to stop.
 *
 * @param failed no JPEGs can be made any more
 */
export function captureVideo(
  video: HTMLVideoElement,
  take: (picture: CapturedPicture) => void,
  failed: () => void,
): () => void {
  let handle = 0
  const encoder = new JpegEncoder(failed)
  const encode = async (fitPx: readonly [number, number]): Promise<ArrayBuffer | null> => {
    const sizePx = fitInto([video.videoWidth, video.videoHeight], fitPx)
    const bitmap = await createImageBitmap(video)
    return encoder.encode({ bitmap, sizePx, quality: jpegQuality })
  }
  const onFrame: VideoFrameRequestCallback = (_, { captureTime, presentedFrames }) => {
    handle = video.requestVideoFrameCallback(onFrame)
    // Not the time of the callback's argument: that is when the page began to draw, and the picture may be younger.
    const nowMs = performance.now()
    const isKnown = captureTime !== undefined && captureTime <= nowMs && nowMs - captureTime < believableMs
    if (video.videoWidth === 0) return
    take({
      seq: presentedFrames,
      stamp: isKnown ? 'captured' : 'arrived',
      capturedAtMs: isKnown ? captureTime : nowMs,
      sourcePx: [video.videoWidth, video.videoHeight],
      encode,
    })
  }
  handle = video.requestVideoFrameCallback(onFrame)
  return () => {
    video.cancelVideoFrameCallback(handle)
    encoder.close()
  }
}
