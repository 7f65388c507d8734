import type { HttpServer } from '../adapters/web-server.js'
import { folderOf } from '../adapters/package-files.js'
import { mountApp, serveApp, type WebApp } from '../adapters/web-server.js'
import { type Hello, protocolVersion } from '../core/wire.js'
import { prometheus } from './prometheus.js'
import type { Run } from './run.js'

export type ServeOptions = {
  /** 4747 unless told; where that is taken, any free one, unless `port` was given. */
  readonly port?: number
  /** Leaves the page out; `/healthz`, `/state.json`, `/metrics` and `/ws` stay. */
  readonly page?: boolean
}

export const defaultPort = 4747

function appOf(run: Run, page: boolean): WebApp {
  const { hub } = run.runtime
  const json = (status: number, value: unknown) => ({
    status,
    type: 'application/json',
    body: `${JSON.stringify(value)}\n`,
  })
  const hello = (): Hello => ({
    type: 'hello',
    protocol: protocolVersion,
    run: run.id,
    graph: run.plan.graph,
    channels: hub.channels,
    rights: { control: false, stop: false },
    controls: { pause: false, look: [], stop: [], options: [] },
    camera: null,
  })
  hub.greet = () => JSON.stringify(hello())
  return {
    folder: page ? folderOf('dist/web') : null,
    join: (socket) => {
      const client = hub.join(socket)
      socket.send(JSON.stringify({ type: 'telemetry', ...run.snapshot() }))
      return client
    },
    texts: {
      '/healthz': () => {
        const phase = run.state$.value
        const error = phase.state === 'failed' ? { error: phase.cause.message } : {}
        return json(phase.state === 'running' ? 200 : 503, { state: phase.state, ...error })
      },
      '/state.json': () => json(200, run.snapshot()),
      '/metrics': () => ({ status: 200, type: 'text/plain; version=0.0.4', body: prometheus(run.snapshot()) }),
    },
  }
}

/** Serves a run under a path of a server that belongs to the host, who also decides who may ask. */
export function mountRun(run: Run, server: HttpServer, path: string): void {
  const mounted = mountApp(server, path, appOf(run, true), { guard: false })
  run.closeWith(mounted.close)
}

/** Serves a run on loopback, and gives the address. @throws SaccadeError `port-taken` */
export async function serveRun(run: Run, options: ServeOptions): Promise<string> {
  const { port = defaultPort } = options
  const served = await serveApp(appOf(run, options.page ?? true), { port, orFree: options.port === undefined })
  run.closeWith(served.close)
  if (options.port === undefined && new URL(served.url).port !== String(defaultPort)) {
    run.runtime.tell(
      'info',
      `port ${String(defaultPort)} is taken by another program, so this run is at ${served.url} (--port N chooses one)`,
    )
  }
  return served.url
}
