import { FFmpeg } from '@ffmpeg/ffmpeg'
import { filmNames, shotName, type Film } from '../logic/film.js'

/** The core lies where the run is, and nowhere else. */
const coreAddress = (name: string): string => new URL(`ffmpeg/${name}`, document.baseURI).href

/**
 * Makes an MP4 (H.264, AAC) of a film in a worker of this page. Nothing leaves it.
 *
 * @param told how much of it is done, 0 to 1
 * @throws Error with words for people; `AbortError` where it was cancelled
 */
export async function encodeFilm(film: Film, told: (share: number) => void, signal: AbortSignal): Promise<Blob> {
  const core = await fetch(coreAddress('ffmpeg-core.js'), { method: 'HEAD', signal })
  if (!core.ok)
    throw new Error(
      'This run brings no encoder along. Install it where the run is: npm i @ffmpeg/core, then start it again.',
    )
  const ffmpeg = new FFmpeg()
  const cancel = (): void => {
    ffmpeg.terminate()
  }
  signal.addEventListener('abort', cancel, { once: true })
  const said: string[] = []
  try {
    ffmpeg.on('log', ({ message }) => {
      said.push(message)
      if (said.length > 20) said.shift()
    })
    ffmpeg.on('progress', ({ time }) => {
      // µs of the film that are written; before the first it says nonsense.
      if (time >= 0) told(Math.min(1, time / 1000 / film.durationMs))
    })
    await ffmpeg.load({ coreURL: coreAddress('ffmpeg-core.js'), wasmURL: coreAddress('ffmpeg-core.wasm') })
    // Copies, as what is handed to the worker is gone here, and the recording goes on.
    for (const [nth, { jpeg }] of film.shots.entries()) await ffmpeg.writeFile(shotName(nth), jpeg.slice())
    await ffmpeg.writeFile(filmNames.script, film.script)
    if (film.sound !== null) await ffmpeg.writeFile(filmNames.sound, film.sound)
    const code = await ffmpeg.exec([...film.words])
    if (code !== 0) throw new Error(`The encoder gave up: ${said.at(-1) ?? 'it did not say why'}`)
    const file = await ffmpeg.readFile(filmNames.film)
    if (typeof file === 'string') throw new Error('The encoder gave a text in place of a film')
    return new Blob([new Uint8Array(file)], { type: 'video/mp4' })
  } finally {
    signal.removeEventListener('abort', cancel)
    ffmpeg.terminate()
  }
}
