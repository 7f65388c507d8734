import type { Subscriber } from 'rxjs'
import { SaccadeError } from '../core/errors.js'
import type { Frame } from '../core/frame.js'
import type { AudioWish, DecodedPicture, DecodedSound, OpenedMedium, VideoWish } from '../core/media-source.js'
import type { Packet } from '../core/packet.js'
import type { Sound } from '../core/ports.js'
import type { StageContext } from '../core/stage.js'
import { type MediaSettings, runTrack, type SharedTracks, type TrackKind } from './media-track.js'

type Wishes = {
  readonly video: VideoWish
  readonly audio: AudioWish
  readonly behind: Readonly<Record<string, readonly string[]>>
}

/** Opens the medium when the first of its results is subscribed to. */
export function openSession(
  settings: MediaSettings,
  context: StageContext,
  wishes: Wishes,
): {
  readonly video: (downstream: Subscriber<Packet<Frame>>) => () => void
  readonly audio: (downstream: Subscriber<Packet<Sound>>) => () => void
} {
  const { runtime } = context
  const { pausing } = runtime.controls
  let medium: Promise<OpenedMedium> | null = null
  let begun = false
  let letPictureLeave: () => void = () => undefined
  const pictureLeft = new Promise<void>((resolve) => {
    letPictureLeave = resolve
  })
  const through = new Map<string, { readonly tookMs: number; readonly then: () => void }>()
  const loopIfAllAre = (): void => {
    const all = [...through.values()]
    if (all.length === 0 || [...shared.tracks].some(([track, has]) => has !== 'none' && !through.has(track))) return
    through.clear()
    shared.loopsMs += Math.max(...all.map(({ tookMs }) => tookMs))
    for (const { then } of all) then()
  }
  const shared: SharedTracks = {
    settings,
    context,
    paceMs: () => runtime.clock.nowMs() - pausing.lastedMs(),
    zeroMs: 0,
    loopsMs: 0,
    looped(track, tookMs, then) {
      through.set(track, { tookMs, then })
      loopIfAllAre()
    },
    left(track) {
      if (track === 'video') letPictureLeave()
      if (runtime.stopping.aborted) return
      shared.ready(track, 'none')
      through.delete(track)
      loopIfAllAre()
    },
    tracks: new Map(),
    medium: () => {
      medium ??= Promise.resolve()
        .then(() => runtime.adapters.readAddress(settings.open))
        .then((address) => {
          if (address.kind === 'browser') return openBrowser(context)
          return runtime.adapters.openMedium(address, (text) => {
            runtime.tellOnce('info', text)
          })
        })
      return medium
    },
    ready(track, item) {
      shared.tracks.set(track, item)
      if (item === 'none' || begun) return false
      begun = true
      shared.zeroMs = shared.paceMs()
      return true
    },
    pictureLeft,
    letPictureLeave,
  }
  const video: TrackKind<DecodedPicture, Frame> = {
    result: 'video',
    missing: 'no picture',
    read: (opened) => opened.video(wishes.video, runtime.pool),
    value: (item) => item.frame,
    lastsMs: () => null,
    free: (item) => {
      item.frame.release()
    },
  }
  const { sampleRateHz } = wishes.audio
  const audio: TrackKind<DecodedSound, Sound> = {
    result: 'audio',
    missing: 'no sound',
    read: (opened) => opened.audio(wishes.audio),
    value: (item) => ({ sampleRateHz, samples: item.samples }),
    lastsMs: (item) => (item.samples.length / sampleRateHz) * 1000,
    free: () => undefined,
  }
  return {
    video: (downstream) => runTrack(shared, video, wishes.behind['video'], downstream),
    audio: (downstream) => runTrack(shared, audio, wishes.behind['audio'], downstream),
  }
}

/** @throws SaccadeError `config` on the virtual clock: a browser's own time passes, and it would stand still */
function openBrowser({ runtime, name }: StageContext): OpenedMedium {
  if (!runtime.clock.virtual) return runtime.camera.open(name, () => runtime.adapters.jpegDecoder())
  throw new SaccadeError('cannot open browser: on the virtual clock', {
    code: 'config',
    where: 'browser:',
    remedy: 'leave --clock virtual out, or name a file',
  })
}
