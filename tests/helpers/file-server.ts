import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server does to one request. */
export type Manner =
  /** As it should. */
  | { readonly do: 'serve' }
  /** Breaks off after so many bytes of this answer. */
  | { readonly do: 'cut'; readonly after: number }
  /** Gives so many bytes and then nothing more. */
  | { readonly do: 'stall'; readonly after: number }
  | { readonly do: 'refuse'; readonly status: number; readonly retryAfter?: string }
  /** Gives all of it, whatever was asked for. */
  | { readonly do: 'ignore-range'; readonly cut?: number }
  /** Says nothing of how long it is, and ends after so many bytes as if that were all. */
  | { readonly do: 'end-early'; readonly after: number }
  /** Gives another part than was asked for. */
  | { readonly do: 'other-part' }

export type Asked = { readonly range: string | undefined; readonly ifRange: string | undefined; sentBytes: number }

/** A server on this machine that gives one file, in the manner that is told for each request; after those it serves. */
export class FileServer {
  content: Uint8Array = new Uint8Array(0)
  etag: string | null = '"one"'
  manners: Manner[] = []
  /** How many bytes of the file the one who asks has, where that is known: an answer does not break off before it has what was sent. */
  seenBytes: () => number = () => Infinity
  /** Called when an answer has stalled. */
  stalled: () => void = () => undefined
  readonly asked: Asked[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<FileServer> {
    const server = createServer()
    const files = new FileServer(server)
    server.on('request', (request, response) => {
      files.#answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return files
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/model.onnx`
  }

  begin(content: Uint8Array, manners: readonly Manner[] = [], etag: string | null = '"one"'): void {
    this.content = content
    this.manners = [...manners]
    this.etag = etag
    this.asked.length = 0
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const manner = this.manners.shift() ?? { do: 'serve' }
    const { range } = request.headers
    const ifRange = request.headers['if-range'] as string | undefined
    const asked: Asked = { range, ifRange, sentBytes: 0 }
    this.asked.push(asked)
    const { content, etag } = this
    if (manner.do === 'refuse') {
      response.writeHead(manner.status, manner.retryAfter === undefined ? {} : { 'retry-after': manner.retryAfter })
      response.end('no')
      return
    }
    const isCurrent = ifRange === undefined || ifRange === etag
    const wanted = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? NaN)
    const isPart = manner.do !== 'ignore-range' && isCurrent && !Number.isNaN(wanted)
    if (isPart && wanted >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${String(content.length)}` }).end()
      return
    }
    const from = isPart ? (manner.do === 'other-part' ? Math.max(0, wanted - 1) : wanted) : 0
    const body = content.subarray(from)
    const told = manner.do === 'end-early' ? {} : { 'content-length': String(body.length) }
    response.writeHead(isPart ? 206 : 200, {
      ...told,
      ...(etag === null ? {} : { etag }),
      ...(isPart
        ? { 'content-range': `bytes ${String(from)}-${String(content.length - 1)}/${String(content.length)}` }
        : {}),
    })
    const most = 'after' in manner ? manner.after : manner.do === 'ignore-range' ? (manner.cut ?? Infinity) : Infinity
    const sent = body.subarray(0, most)
    asked.sentBytes = sent.length
    const after = (): void => {
      if (manner.do === 'stall') this.stalled()
      else if (manner.do === 'end-early' || sent.length === body.length) response.end()
      else response.socket?.destroy()
    }
    // Without a byte the head would wait for one.
    response.flushHeaders()
    const whenSeen = (): void => {
      // What is whole ends at once: the next answer of this connection waits for it.
      const isWhole = manner.do === 'end-early' || sent.length === body.length
      if (isWhole || response.socket?.destroyed !== false || this.seenBytes() >= from + sent.length) after()
      else setImmediate(whenSeen)
    }
    if (sent.length === 0) setImmediate(after)
    else response.write(sent, whenSeen)
  }
}
