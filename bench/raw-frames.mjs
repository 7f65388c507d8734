import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clip = fileURLToPath(new URL('../media/demo.mp4', import.meta.url))

/** The demo's first 60 frames as raw bytes in a file of their own, of that size and format; `remove` takes all files away. */
export function rawFrames() {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-frames-'))
  return {
    make(format, width, height) {
      const file = join(folder, `${width}x${height}.${format}`)
      const words = ['-v', 'error', '-y', '-i', clip, '-frames:v', '60', '-vf', `scale=${width}:${height}:flags=area`]
      const { status } = spawnSync('ffmpeg', [...words, '-f', 'rawvideo', '-pix_fmt', format, file], {
        stdio: 'inherit',
      })
      if (status !== 0) throw new Error(`FFmpeg could not make ${format} of ${clip}: it ended with ${status}`)
      return { file, format, width, height }
    },
    remove() {
      rmSync(folder, { recursive: true })
    },
  }
}
