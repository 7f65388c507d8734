import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFfmpeg } from '../../src/adapters/ffmpeg.js'

export const demoClip = fileURLToPath(new URL('../../media/demo.mp4', import.meta.url))
export const speechClip = fileURLToPath(new URL('../../media/speech-0890.wav', import.meta.url))

/** The machine's FFmpeg; null where it has none. */
export const nativeFfmpeg = findFfmpeg(process.env['PATH'] ?? '', process.platform)

/** Says once a file what is skipped where FFmpeg is missing. */
export function skippedWithoutFfmpeg(what: string): boolean {
  if (nativeFfmpeg === null)
    console.warn(`skipped: ${what}, as there is no ffmpeg on the PATH (apt-get install ffmpeg, brew install ffmpeg)`)
  return nativeFfmpeg === null
}

/** Whether processes can be looked at by /proc. */
export const hasProc = process.platform === 'linux'

export type Clips = {
  readonly folder: string
  readonly path: (name: string) => string
  /** Makes a clip with FFmpeg: `make('a.mp4', '-f', 'lavfi', '-i', 'testsrc2')`. */
  readonly make: (name: string, ...list: readonly string[]) => string
  readonly remove: () => void
}

/** A temporary folder for clips. */
export function createClips(): Clips {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-clips-'))
  const path = (name: string): string => join(folder, name)
  return {
    folder,
    path,
    make(name, ...list) {
      execFileSync(nativeFfmpeg ?? 'ffmpeg', ['-nostdin', '-v', 'error', '-y', ...list, path(name)], { stdio: 'pipe' })
      return path(name)
    },
    remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The children of a process that are called so, dead ones that nobody reaped among them. Linux only. */
export function childrenOf(pid: number, name = 'ffmpeg'): number[] {
  const found: number[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = statOf(Number(entry))
    if (stat?.name === name && stat.parent === pid) found.push(Number(entry))
  }
  return found
}

/** Whether a process is there, a zombie among them. Linux only. */
export function isThere(pid: number): boolean {
  return statOf(pid) !== null
}

function statOf(pid: number): { readonly name: string; readonly parent: number } | null {
  try {
    const [, name = '', parent = ''] =
      /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${String(pid)}/stat`, 'utf8')) ?? []
    return { name, parent: Number(parent) }
  } catch {
    return null
  }
}
