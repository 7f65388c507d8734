import { ffmpegWebFiles } from '../adapters/ffmpeg-web-files.js'
import { folderOf } from '../adapters/package-files.js'
import { serveApp } from '../adapters/serve-app.js'
import type { TlsWish } from '../adapters/tls-pair.js'
import type { WebApp } from '../adapters/web-app.js'
import { hostDoor, localDoor } from '../adapters/web-door.js'
import { type HttpRequest, type HttpServer, mountApp } from '../adapters/web-server.js'
import type { Token } from '../adapters/web-tokens.js'
import { cameraMessageBytes } from '../core/camera-wire.js'
import { SaccadeError } from '../core/errors.js'
import { type Hello, protocolVersion, type Rights } from '../core/wire.js'
import { answerCommand } from './answer-command.js'
import { prometheus } from './prometheus.js'
import type { Run } from './run.js'

export type ServeOptions = {
  /** 4747 unless told; where that is taken, any free one, unless `port` was given. */
  readonly port?: number
  /** Leaves the page out; `/healthz`, `/state.json`, `/metrics` and `/ws` stay. */
  readonly page?: boolean
  /** Address or name to listen on: 127.0.0.1 unless told. Beyond loopback a token is needed (W6). */
  readonly host?: string
  /** What clients show to be let in, each with what they may do. None: pages of this machine may do all. */
  readonly tokens?: readonly Token[]
  /** Origins of pages that may ask beside the run's own, as `https://robot.example`; their names are the run's, too. */
  readonly origins?: readonly string[]
  /** Serves by https: with files in PEM, or with a certificate that is made here. */
  readonly tls?: TlsWish
}

export type MountOptions = {
  /**
   * Says of each request, sockets included, what it may do; null: nothing. Without it, pages of this machine may view, and
   * nobody else anything.
   */
  readonly authorize?: (request: HttpRequest) => Rights | null | Promise<Rights | null>
  /** Origins of pages that may ask beside the server's own, as `https://robot.example`. */
  readonly origins?: readonly string[]
}

export const defaultPort = 4747

/** Texts of the socket are small. */
const mostTextBytes = 4096
const shortestToken = 16

function appOf(run: Run, page: boolean): WebApp {
  const { hub } = run.runtime
  const json = (status: number, value: unknown) => ({
    status,
    type: 'application/json',
    body: `${JSON.stringify(value)}\n`,
  })
  const health = (facts: Readonly<Record<string, string>>) => {
    const { state } = run.state$.value
    return json(state === 'running' || state === 'paused' ? 200 : 503, { state, ...facts })
  }
  const hello = (rights: Rights): Hello => ({
    type: 'hello',
    protocol: protocolVersion,
    run: run.id,
    graph: run.plan.graph,
    channels: hub.channels,
    rights,
    controls: run.controls,
    camera: run.runtime.camera.wants,
  })
  hub.greet = (rights) => JSON.stringify(hello(rights))
  hub.state = () => run.snapshot()
  hub.control = (command) => answerCommand(run, command)
  return {
    folder: page ? folderOf('dist/web') : null,
    files: page ? ffmpegWebFiles() : {},
    sockets: {
      '/ws': { mostBytes: mostTextBytes, needs: 'view', join: (socket, rights) => hub.join(socket, rights) },
      // What it shows moves what the run moves.
      '/camera': { mostBytes: cameraMessageBytes, needs: 'control', join: (socket) => run.runtime.camera.join(socket) },
    },
    texts: {
      '/healthz': () => {
        const phase = run.state$.value
        return health(phase.state === 'failed' ? { error: phase.cause.message } : {})
      },
      '/state.json': () => json(200, { ...run.snapshot(), viewers: hub.viewers }),
      '/metrics': () => ({ status: 200, type: 'text/plain; version=0.0.4', body: prometheus(run.snapshot()) }),
    },
    // Who watches over services holds no tokens: whether it runs is all that they are told.
    openTexts: { '/healthz': () => health({}) },
  }
}

/**
 * Serves a run under a path of a server that belongs to the host, who says who may ask. Ends with the run.
 *
 * @throws SaccadeError `usage` where an origin is none
 */
export function mountRun(run: Run, server: HttpServer, path: string, options: MountOptions): void {
  const { authorize } = options
  const origins = new Set(originsOf(options.origins))
  const door =
    authorize === undefined
      ? localDoor({ control: false, stop: false }, 'run.mount(server, path, { authorize }) says who else may')
      : hostDoor({
          authorize,
          origins,
          // Not in its own words: they may hold what the request held.
          onError: () => {
            run.runtime.tellOnce('warning', 'a client was refused, as `authorize` of the mount failed')
          },
        })
  run.closeWith(mountApp(server, path, appOf(run, true), { door, alone: false }).close)
}

/**
 * Serves a run on a port of its own, and gives the address.
 *
 * @throws SaccadeError `port-taken`; `usage` where it is not to be served like that
 */
export async function serveRun(run: Run, options: ServeOptions): Promise<string> {
  const { port = defaultPort, host = '127.0.0.1', tokens = [], tls = null } = options
  checkTokens(tokens)
  const served = await serveApp(appOf(run, options.page ?? true), {
    port,
    orFree: options.port === undefined,
    host,
    tokens,
    origins: originsOf(options.origins),
    tls,
  })
  run.closeWith(served.close)
  if (options.page ?? true) run.runtime.camera.openAt = served.url
  const tell = run.runtime.tell.bind(run.runtime)
  const { url, others, certificate } = served
  if (options.port === undefined && new URL(url).port !== String(defaultPort))
    tell(
      'info',
      `port ${String(defaultPort)} is taken by another program, so this run is at ${url} (--port N chooses one)`,
    )
  if (others.length > 0) tell('info', `also at ${others.join(', ')}`)
  if (certificate !== null) {
    tell(
      'info',
      `the certificate's SHA-256 fingerprint, to compare with what the browser shows: ${certificate.fingerprint}`,
    )
    if (!certificate.kept) tell('warning', 'the certificate could not be kept, so the next run will show another one')
  } else if (!isLocal(url))
    tell('warning', 'without --tls, whoever is on the network between can read the token, pictures and sound')
  if (tokens.some(({ text }) => text.length < shortestToken))
    tell(
      'warning',
      `a token is shorter than ${String(shortestToken)} characters and can be guessed: --token alone makes one`,
    )
  return url
}

function isLocal(url: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname)
}

/** Tokens stand in addresses, headers and cookies, and need no escape there. */
function checkTokens(tokens: readonly Token[]): void {
  if (tokens.every(({ text }) => /^[\w.~-]+$/.test(text))) return
  throw new SaccadeError('a token must be of letters, digits and - . _ ~', {
    code: 'usage',
    remedy: 'choose another; --token alone makes one',
  })
}

/** Origins as browsers write them. */
function originsOf(origins: readonly string[] = []): readonly string[] {
  return origins.map((text) => {
    const isOrigin = /^(https?):\/\/([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?\/?$/i.test(text)
    if (isOrigin && URL.canParse(text)) return new URL(text).origin
    throw new SaccadeError(`${text} is no origin: an origin is scheme, name and port, and nothing behind`, {
      code: 'usage',
      remedy: 'write --origin https://robot.example or --origin http://192.168.1.5:8080',
    })
  })
}
