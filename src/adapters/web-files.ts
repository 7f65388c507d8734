import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { answerHead, answerNothing } from './web-answer.js'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** The file that a path of an address means, or null where it leads out of the folder or is no address. */
export function fileWithin(folder: string, path: string): string | null {
  const root = folder.endsWith(sep) ? folder : `${folder}${sep}`
  try {
    const file = join(root, normalize(decodeURIComponent(path)))
    return file.startsWith(root) && !file.includes('\0') ? file : null
  } catch {
    return null
  }
}

/** Answers with a file, or with nothing where there is none. */
export async function answerFile(response: ServerResponse, file: string | null): Promise<void> {
  const facts = file === null ? null : await stat(file).catch(() => null)
  if (response.headersSent || response.destroyed) return
  if (file === null || facts?.isFile() !== true) {
    answerNothing(response)
    return
  }
  const type = types[extname(file)] ?? 'application/octet-stream'
  answerHead(response, { status: 200, headers: { 'content-type': type, 'content-length': facts.size } })
  // A file that goes away meanwhile, or an asker that does, is no failure of ours.
  pipeline(createReadStream(file), response, () => undefined)
}
