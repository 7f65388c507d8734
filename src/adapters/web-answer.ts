import type { ServerResponse } from 'node:http'

/**
 * On every answer. Scripts come from the run alone; WebAssembly is allowed for what saves a film in the page, and workers may be
 * made of blobs. The page may ask for camera and microphone, what it embeds may not.
 */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self' blob:",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; '),
  'permissions-policy': 'camera=(self), microphone=(self)',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export type Head = { readonly status: number; readonly headers: Readonly<Record<string, string | number>> }

/** The head of an answer, with what stands on all of them. */
export function answerHead(response: ServerResponse, head: Head): void {
  response.writeHead(head.status, { ...headers, ...head.headers })
}

/** Answers with a text. Nothing of the request is in it, so that nobody can have words of theirs said by a run. */
export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): void {
  answerHead(response, { status, headers: { 'content-type': type, ...more } })
  response.end(body)
}

/** What stands where nothing is. */
export function answerNothing(response: ServerResponse): void {
  answer(response, 404, 'text/plain', 'There is nothing here: /, /healthz, /state.json, /metrics and /ws are\n')
}
