/**
 * What goes over `/camera`, for both ends: a browser gives its camera and microphone to a run.
 *
 * Text messages are JSON with a `type`. Pictures and sound are binary: a header of 24 bytes, little endian, then the
 * payload (a JPEG; or PCM of 16 bits, mono). Times in headers are of the browser's clock, in ms.
 */
export const cameraVersion = 1

/** The browser's first message. */
export type CameraHello = {
  readonly type: 'hello'
  readonly version: number
  /** Of this page, kept over a reload: one that comes back takes its own place again. 8 to 64 letters, digits or `-`. */
  readonly id: string
  /** Who it is, for people; at most 120 characters. */
  readonly label: string
  /** What it can give. */
  readonly video: boolean
  readonly audio: boolean
}

/** Answer to the server's `time`, at once. */
export type CameraTime = { readonly type: 'time'; readonly serverMs: number; readonly clientMs: number }

export type FromCamera = CameraHello | CameraTime

/** What the run takes now; null: nothing of it. Told at first, and whenever it changes. */
export type CameraWant = {
  readonly type: 'want'
  /** Pictures fit into this box, keep their shape, are never enlarged, and of even size (`fitInto`). */
  readonly video: { readonly fitPx: readonly [number, number] } | null
  readonly audio: { readonly sampleRateHz: number; readonly samplesPerChunk: number } | null
  /** How many pictures may be under way without an `ack`; further ones are left out, and their numbers with them. */
  readonly mostUnacked: number
}

/** A question for the browser's clock. */
export type CameraTimeQuestion = { readonly type: 'time'; readonly serverMs: number }

/** The picture of that number is through: it was taken, or a newer one was. */
export type CameraAck = { readonly type: 'ack'; readonly seq: number }

/** Another browser has the place; the socket is closed after this. */
export type CameraTaken = { readonly type: 'taken'; readonly by: string }

export type ToCamera = CameraWant | CameraTimeQuestion | CameraAck | CameraTaken

export const cameraHeaderBytes = 24
/** A JPEG may be so large, header included. */
export const cameraMessageBytes = 2_000_000

export type CameraHeader = {
  readonly kind: 'video' | 'audio'
  /** `captured`: the browser knows when; `arrived`: only when it had it. */
  readonly stamp: 'captured' | 'arrived'
  /** +1 for each that was captured, also for those not sent. */
  readonly seq: number
  /** On the browser's clock; of sound, that of its first sample. */
  readonly capturedAtMs: number
  /** Picture: the camera's own size, in which results are given. Sound: sample rate and 1. */
  readonly sourceWidthPx: number
  readonly sourceHeightPx: number
}

/** 0 version · 1 kind (1 picture, 2 sound) · 2 stamp (1 captured, 2 arrived) · 3 zero · 4 seq u32 · 8 time f64 · 16 width or rate u32 · 20 height u32. */
export function writeCameraHeader(header: CameraHeader, target: DataView): void {
  target.setUint8(0, cameraVersion)
  target.setUint8(1, header.kind === 'video' ? 1 : 2)
  target.setUint8(2, header.stamp === 'captured' ? 1 : 2)
  target.setUint8(3, 0)
  target.setUint32(4, header.seq, true)
  target.setFloat64(8, header.capturedAtMs, true)
  target.setUint32(16, header.sourceWidthPx, true)
  target.setUint32(20, header.sourceHeightPx, true)
}

/** Reads any bytes: the header, or why there is none. Never throws. */
export function readCameraHeader(bytes: Uint8Array): CameraHeader | { readonly refused: string } {
  if (bytes.byteLength < cameraHeaderBytes)
    return { refused: `a header has ${String(cameraHeaderBytes)} bytes: found ${String(bytes.byteLength)}` }
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [version, kind, stamp] = [source.getUint8(0), source.getUint8(1), source.getUint8(2)]
  if (version !== cameraVersion)
    return { refused: `version ${String(version)} is not spoken here: ${String(cameraVersion)} is` }
  if (kind !== 1 && kind !== 2) return { refused: `there is no kind ${String(kind)}` }
  if (stamp !== 1 && stamp !== 2) return { refused: `there is no stamp ${String(stamp)}` }
  const capturedAtMs = source.getFloat64(8, true)
  if (!Number.isFinite(capturedAtMs)) return { refused: 'the capture time is no number' }
  return {
    kind: kind === 1 ? 'video' : 'audio',
    stamp: stamp === 1 ? 'captured' : 'arrived',
    seq: source.getUint32(4, true),
    capturedAtMs,
    sourceWidthPx: source.getUint32(16, true),
    sourceHeightPx: source.getUint32(20, true),
  }
}

/** The largest even size of a picture's shape that fits into a box, never enlarged; 2 px at least. */
export function fitInto(
  [widthPx, heightPx]: readonly [number, number],
  [boxWidthPx, boxHeightPx]: readonly [number, number],
): readonly [number, number] {
  const shrink = Math.min(1, boxWidthPx / widthPx, boxHeightPx / heightPx)
  const even = (px: number, boxPx: number): number =>
    Math.max(2, Math.min(Math.round((px * shrink) / 2), Math.floor(boxPx / 2)) * 2)
  return [even(widthPx, boxWidthPx), even(heightPx, boxHeightPx)]
}
