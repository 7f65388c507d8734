import type { Shot, Taken } from '../live/recording.js'
import { jpegSize } from './jpeg-size.js'
import { waveFile } from './wave-file.js'

/** What FFmpeg needs to make an MP4 of it. */
export type Film = {
  readonly shots: readonly Shot[]
  /** For its demuxer `concat`: each picture with how long it stood. */
  readonly script: string
  readonly sound: Uint8Array<ArrayBuffer> | null
  readonly durationMs: number
  readonly words: readonly string[]
}

export const filmNames = { script: 'film.txt', sound: 'sound.wav', film: 'film.mp4' } as const

/** The name of the nth picture in FFmpeg's folder. */
export function shotName(nth: number): string {
  return `${String(nth)}.jpg`
}

/** What the last picture stands for: nobody knows, so as long as the others did. */
function usualMs(shots: readonly Shot[]): number {
  const [first, last] = [shots[0], shots[shots.length - 1]]
  return first === undefined || last === undefined ? 33 : Math.max(1, (last.atMs - first.atMs) / (shots.length - 1))
}

/**
 * A film of what was taken: pictures at their true times to the millisecond, the sound where it was heard. All pictures are
 * brought to the largest size among them.
 *
 * @returns null where there are not two pictures
 */
export function filmOf({ shots, sound }: Taken): Film | null {
  const [first] = shots
  const last = shots[shots.length - 1]
  if (first === undefined || last === undefined || shots.length < 2) return null
  const untilMs = last.atMs + usualMs(shots)
  const wave = waveFile(sound, first.atMs, untilMs)
  // FFmpeg takes pictures for 25 a second unless it is told that each tells its own time.
  const script = shots.map(({ atMs }, nth) => {
    const stoodMs = (shots[nth + 1]?.atMs ?? untilMs) - atMs
    return `file ${shotName(nth)}\noption framerate 1000\nduration ${(stoodMs / 1000).toFixed(6)}\n`
  })
  const sizes = shots.flatMap(({ jpeg }) => jpegSize(jpeg) ?? [])
  const even = (side: number): string => String(Math.max(2, Math.ceil(side / 2) * 2))
  const width = even(Math.max(2, ...sizes.map((size) => size.width)))
  const height = even(Math.max(2, ...sizes.map((size) => size.height)))
  return {
    shots,
    script: `ffconcat version 1.0\n${script.join('')}`,
    sound: wave,
    durationMs: untilMs - first.atMs,
    words: [
      ...['-f', 'concat', '-safe', '0', '-i', filmNames.script],
      ...(wave === null ? [] : ['-i', filmNames.sound, '-c:a', 'aac', '-b:a', '96k']),
      ...[
        '-vf',
        `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1,setsar=1,format=yuv420p`,
      ],
      ...['-fps_mode', 'vfr', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-movflags', '+faststart'],
      filmNames.film,
    ],
  }
}
