import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { WebSocket } from 'ws'
import type { Hello } from '../../src/core/wire.js'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

type Asking = { readonly method?: string; readonly headers?: Readonly<Record<string, string>> }

/** Asks with the address exactly as it is written, follows nothing, and takes any certificate. */
export function ask(url: string, { method = 'GET', headers = {} }: Asking = {}): Promise<Answer> {
  const [, secure, , path = '/'] = /^http(s)?:\/\/([^/]+)(\/.*)?$/.exec(url) ?? []
  const { hostname, port } = new URL(url)
  const options = { host: hostname.replace(/^\[|\]$/g, ''), port, path, method, headers, agent: false }
  return new Promise((resolve, reject) => {
    const asked = (secure === undefined ? request(options) : requestTls({ ...options, rejectUnauthorized: false })).on(
      'response',
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (part: string) => (body += part))
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
        })
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

/** What a socket comes to: the first message, or the status that refused it. */
export type Opened = { readonly hello: Hello; readonly socket: WebSocket } | { readonly status: number }

/** Opens a socket, with sub-protocols if any. */
export function open(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  protocols: readonly string[] = [],
): Promise<Opened> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { headers, rejectUnauthorized: false })
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      resolve({ status: statusCode })
      socket.on('error', () => undefined).terminate()
    })
    socket.once('error', reject)
    socket.once('message', (data) => {
      resolve({ hello: JSON.parse((data as Buffer).toString()) as Hello, socket })
    })
  })
}

/** What a socket may do that was opened; the status where it was refused. */
export async function rightsAt(...words: Parameters<typeof open>): Promise<Hello['rights'] | number> {
  const opened = await open(...words)
  if ('status' in opened) return opened.status
  opened.socket.terminate()
  return opened.hello.rights
}
