import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clip = fileURLToPath(new URL('../media/demo.mp4', import.meta.url))

/** What is made of the demo, in files of their own; `remove` takes them all away. */
export function demoFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-frames-'))
  const ffmpeg = (file, input, output) => {
    const words = ['-v', 'error', '-y', ...input, '-i', clip, ...output, file]
    const { status } = spawnSync('ffmpeg', words, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`FFmpeg could not make ${file} of ${clip}: it ended with ${status}`)
    return file
  }
  return {
    /** Its first 60 frames as raw bytes, of that size and format. */
    make(format, width, height) {
      const filter = `scale=${width}:${height}:flags=area`
      const how = ['-frames:v', 60, '-vf', filter, '-f', 'rawvideo', '-pix_fmt', format]
      return { file: ffmpeg(join(folder, `${width}x${height}.${format}`), [], how), format, width, height }
    },
    /** The picture so many times over, as it is coded. */
    long: (times) => ffmpeg(join(folder, 'long.mp4'), ['-stream_loop', times - 1], ['-an', '-c', 'copy']),
    /** Bytes as they are. */
    write(name, bytes) {
      const file = join(folder, name)
      writeFileSync(file, bytes)
      return file
    },
    remove() {
      rmSync(folder, { recursive: true })
    },
  }
}
