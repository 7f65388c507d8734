import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, answerHead, answerNothing } from './web-answer.js'
import type { WebApp } from './web-app.js'
import { askForToken } from './web-ask.js'
import type { Door } from './web-door.js'
import { answerFile, fileWithin } from './web-files.js'
import type { WebLimits } from './web-limits.js'
import { neighbourOf } from './web-names.js'
import { pathWithin } from './web-path.js'

export type RequestsOptions = {
  readonly base: string
  readonly door: Door
  readonly limits: WebLimits
  /** Whether what lies outside of the mount is answered too. */
  readonly alone: boolean
}

/** Answers the requests for an app: a listener for a server. */
export function requestsOf(
  app: WebApp,
  { base, door, limits, alone }: RequestsOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const respond = async (request: IncomingMessage, response: ServerResponse, inside: string | null): Promise<void> => {
    const neighbour = neighbourOf(request.socket.remoteAddress)
    const tired = neighbour !== null && !limits.mayTry(neighbour)
    const admission = tired ? null : await door(request)
    // The owner of the server may have refused it meanwhile, or answered in our place.
    if (response.headersSent || response.writableEnded || response.destroyed) return
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (admission === null) answer(response, 429, 'text/plain', 'Too many tries: wait a minute\n')
    else if (admission.rights === null) {
      const open = admission.status === 401 && reads && inside !== null ? own(app.openTexts, inside) : undefined
      if (open !== undefined) {
        const { status, type, body } = open()
        answer(response, status, type, body)
        return
      }
      if (neighbour !== null) limits.tried(neighbour)
      const byPage = admission.status === 401 && reads && inside === '/'
      if (byPage) askForToken(request, response, admission.why)
      else {
        const challenge = admission.status === 401 ? { 'www-authenticate': 'Bearer' } : {}
        answer(response, admission.status, 'text/plain', admission.why, challenge)
      }
    } else if (!reads) answer(response, 405, 'text/plain', 'Only GET is answered here\n')
    else if (inside === null) answerNothing(response)
    else if (inside === '/' && admission.cookie !== null) {
      // The token leaves the address, so that it stays neither in the history nor on the screen.
      answerHead(response, { status: 303, headers: { location: './', 'set-cookie': admission.cookie } })
      response.end()
    } else if (base !== '' && inside === '/' && !hasSlash(request)) {
      // The page's addresses are relative: under a mount its own must end with a slash.
      answerHead(response, { status: 308, headers: { location: `${base}/` } })
      response.end()
    } else await give(app, inside, response)
  }
  return (request, response) => {
    const inside = pathWithin(base, request.url)
    if (inside !== null || alone) void respond(request, response, inside)
  }
}

async function give(app: WebApp, inside: string, response: ServerResponse): Promise<void> {
  const text = own(app.texts, inside)?.()
  const other = own(app.files, inside)?.()
  if (text !== undefined) answer(response, text.status, text.type, text.body)
  else if (other !== undefined && 'missing' in other) answer(response, 404, 'text/plain', other.missing)
  else if (other !== undefined) await answerFile(response, other.file)
  else {
    const wanted = inside === '/' ? '/index.html' : inside
    await answerFile(response, app.folder === null ? null : fileWithin(app.folder, wanted))
  }
}

/** Paths come from anyone: `constructor` is none of ours. */
function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function hasSlash({ url = '' }: IncomingMessage): boolean {
  return url.split(/[?#]/, 1)[0]?.endsWith('/') === true
}
