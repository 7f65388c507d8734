import type { AudioWish, MediaAddress, VideoWish } from '../core/media-source.js'

/** The track that one process decodes: a picture or a sound. */
export type TrackWish =
  { readonly track: 'video'; readonly wish: VideoWish } | { readonly track: 'audio'; readonly wish: AudioWish }

export type ArgumentOptions = {
  /** In Node's words: `linux`, `darwin`, `win32`. */
  readonly platform: string
  /** Whether the medium cannot wait: then nothing is buffered that need not be. */
  readonly live: boolean
  /** Threads that decode; a live picture takes one, as each further one holds a frame back. */
  readonly threads?: number
  /** Where the bytes go: `pipe:1` unless told. */
  readonly output?: string
  /** What stands in a device's place in tests, as no machine of ours has one. No address leads here. */
  readonly deviceInput?: readonly string[] | undefined
}

/** How long a server or a device may keep silent. */
export const silenceMs = 10_000

/**
 * The arguments of FFmpeg for one track of a medium, as raw bytes on its output: pictures, or mono float32 sound.
 *
 * Raw bytes carry no stamps: `showinfo`, named `in`, tells time and size of each picture before it is scaled, and `ashowinfo` the
 * time of sound, on stderr (`FfmpegLog` reads them; a word is a write, so nothing is told twice). `-copyts` keeps the container's
 * own stamps, so that both tracks, in two processes, have the same zero: newer FFmpegs would each subtract the start of what they
 * read. A pixel counts as square, whatever the container says: what is found in the picture is told in its stored pixels.
 *
 * @example
 * ffmpegArguments({ kind: 'file', path: 'a.mp4' }, { track: 'video', wish: { format: 'gray', fitPx: null } }, { platform: 'linux', live: false })
 */
export function ffmpegArguments(address: MediaAddress, wanted: TrackWish, options: ArgumentOptions): readonly string[] {
  const threads = options.live ? 1 : (options.threads ?? 1)
  const output = options.output ?? 'pipe:1'
  return [
    ...['-nostdin', '-nostats', '-loglevel', 'repeat+level+info', '-copyts'],
    ...(wanted.track === 'video' ? ['-threads', String(threads)] : []),
    ...(options.live ? ['-fflags', 'nobuffer', '-flags', 'low_delay'] : []),
    ...inputOf(address, wanted.track, options),
    ...(wanted.track === 'video' ? pictureOutput(wanted.wish) : soundOutput(wanted.wish, options.live)),
    // One write a picture, past FFmpeg's own buffer of 32 KB.
    ...['-avioflags', 'direct', output],
  ]
}

/** The arguments that only ask what an address of the network is: FFmpeg tells it and ends with 1. */
export function probeArguments(address: MediaAddress, platform: string): readonly string[] {
  return [
    ...['-nostdin', '-nostats', '-loglevel', 'repeat+level+info'],
    ...inputOf(address, 'video', { platform, live: true }),
  ]
}

/** The arguments that list the devices of DirectShow, which knows them by name alone. */
export const listDevicesArguments: readonly string[] = [
  ...['-nostdin', '-hide_banner', '-loglevel', 'repeat+level+info'],
  ...['-list_devices', 'true', '-f', 'dshow', '-i', 'dummy'],
]

/** The names in that list, in its order. */
export function deviceNames(listing: string): { readonly video: readonly string[]; readonly audio: readonly string[] } {
  const named = [...listing.matchAll(/"([^"\r\n]+)" \((video|audio)[^)]*\)/g)]
  const of = (kind: string): string[] => named.filter((found) => found[2] === kind).map((found) => found[1] ?? '')
  return { video: of('video'), audio: of('audio') }
}

function inputOf(address: MediaAddress, track: 'video' | 'audio', options: ArgumentOptions): readonly string[] {
  if (address.kind === 'file') return ['-protocol_whitelist', 'file', '-i', `file:${address.path}`]
  if (address.kind === 'device') return options.deviceInput ?? deviceInput(address, track, options.platform)
  const silenceUs = String(silenceMs * 1000)
  switch (address.scheme) {
    case 'rtsp':
      return ['-protocol_whitelist', 'tcp', '-rtsp_transport', 'tcp', '-timeout', silenceUs, '-i', address.url]
    case 'rtsps':
      return ['-protocol_whitelist', 'tls,tcp', '-rtsp_transport', 'tcp', '-timeout', silenceUs, '-i', address.url]
    case 'http':
      return ['-protocol_whitelist', 'http,tcp', '-rw_timeout', silenceUs, '-i', address.url]
    case 'https':
      return ['-protocol_whitelist', 'https,tls,tcp', '-rw_timeout', silenceUs, '-i', address.url]
  }
}

function deviceInput(
  device: MediaAddress & { readonly kind: 'device' },
  track: 'video' | 'audio',
  platform: string,
): readonly string[] {
  const video = device.video ?? 'none'
  const audio = device.audio ?? 'none'
  if (platform === 'darwin')
    return track === 'video'
      ? ['-f', 'avfoundation', '-framerate', '30', '-i', `${video}:none`]
      : ['-f', 'avfoundation', '-i', `none:${audio}`]
  if (platform === 'win32') return ['-f', 'dshow', '-i', track === 'video' ? `video=${video}` : `audio=${audio}`]
  return track === 'video'
    ? ['-f', 'v4l2', '-i', video.startsWith('/') ? video : `/dev/video${video}`]
    : ['-f', 'alsa', '-i', audio]
}

function pictureOutput({ format, fitPx }: VideoWish): readonly string[] {
  // As `scaledSize` has it.
  const shrink = fitPx === null ? '1' : `min(1,min(${String(fitPx[0])}/iw,${String(fitPx[1])}/ih))`
  const even = (side: string): string => `max(2,2*trunc(round(${side}*${shrink})/2))`
  // Without accurate_rnd and bitexact the pixels would differ by what the processor can do.
  const scale = `scale=w='${even('iw')}':h='${even('ih')}':flags=area+accurate_rnd+bitexact`
  const chain = ['showinfo@in=checksum=0', scale, `format=${format}`]
  return [
    // V: no cover of a record, which FFmpeg counts as a picture too.
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-filter_threads', '1', '-vf', chain.join(',')],
    // Without it FFmpeg repeats and drops frames to make the rate even.
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', format],
  ]
}

/** The size in px that a picture gets: even sides, never larger than it was. FFmpeg computes the same in the same doubles. */
export function scaledSize(
  { sourceWidthPx, sourceHeightPx }: { readonly sourceWidthPx: number; readonly sourceHeightPx: number },
  fitPx: VideoWish['fitPx'],
): { readonly widthPx: number; readonly heightPx: number } {
  const [mostWidth, mostHeight] = fitPx ?? [sourceWidthPx, sourceHeightPx]
  const shrink = Math.min(1, mostWidth / sourceWidthPx, mostHeight / sourceHeightPx)
  const even = (side: number): number => Math.max(2, 2 * Math.trunc(Math.round(side * shrink) / 2))
  return { widthPx: even(sourceWidthPx), heightPx: even(sourceHeightPx) }
}

function soundOutput({ sampleRateHz }: AudioWish, live: boolean): readonly string[] {
  // async=1 fills gaps with silence and cuts overlaps beyond 20 ms; rematrix_maxval=1 keeps a sum of channels within ±1.
  const follow = live ? '' : ':async=1:min_hard_comp=0.02'
  const resample = `aresample=${String(sampleRateHz)}${follow}:rematrix_maxval=1`
  const shape = `aformat=sample_fmts=flt:channel_layouts=mono:sample_rates=${String(sampleRateHz)}`
  return [
    ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-af', [resample, shape, 'ashowinfo@out'].join(',')],
    // Nothing to a sound, but an FFmpeg before 5.1 refuses it here as it does for a picture.
    ...['-fps_mode', 'passthrough', '-f', 'f32le', '-ac', '1', '-ar', String(sampleRateHz)],
  ]
}
