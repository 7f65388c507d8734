import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

type Found = { readonly file: string } | { readonly missing: string }

/** The files of FFmpeg's WebAssembly core with which the page saves a film, from the optional package. */
export function ffmpegWebFiles(): Readonly<Record<string, () => Found>> {
  const find = (name: string) => (): Found => {
    try {
      const inUmd = createRequire(import.meta.url).resolve('@ffmpeg/core/wasm')
      // A worker that is a module imports the other build.
      return { file: join(dirname(inUmd), '..', 'esm', name) }
    } catch {
      return { missing: 'This needs @ffmpeg/core, which is not installed where the run is: npm i @ffmpeg/core\n' }
    }
  }
  return Object.fromEntries(
    ['ffmpeg-core.js', 'ffmpeg-core.wasm'].map((name) => [`/ffmpeg/${name}`, find(name)] as const),
  )
}
