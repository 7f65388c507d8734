import { WebSocket } from 'ws'
import { type Changes, withChanges } from '../../src/core/changes.js'
import type { Hello, RunState, ServerMessage, StateChanges, Telemetry } from '../../src/core/wire.js'

/** A client of a run's socket, as a page is one: it hears of the state ten times a second. */
export class Viewer {
  /** It was let go: the close code and the words. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly socket: WebSocket
  hello: Hello | null = null
  state: RunState | null = null
  /** Pictures and sound received. */
  pictures = 0
  sounds = 0
  readonly #watchers = new Set<(message: ServerMessage | null) => void>()
  #gone = false

  private constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#gone = true
        resolve({ code, reason: reason.toString() })
        this.#tell(null)
      })
    })
    socket.on('error', () => undefined) // `closed` tells
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#binary(data as Buffer)
      else this.#text(JSON.parse((data as Buffer).toString()) as ServerMessage)
    })
  }

  /** Connects to a run at `http://127.0.0.1:…/`. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Viewer> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`, { headers })
    const viewer = new Viewer(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return viewer
  }

  /** Waits for a state that is like this; gives it. */
  until(what: string, holds: (state: RunState) => boolean): Promise<RunState> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { state } = this
        const done = state !== null && holds(state)
        if (!done && !this.#gone) return
        this.#watchers.delete(look)
        if (done) resolve(state)
        else reject(new Error(`the run let go before: ${what}; the last state was ${JSON.stringify(state, null, 1)}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  #binary(data: Buffer): void {
    if (data[1] === 1) this.pictures++
    else this.sounds++
    this.#tell(null)
  }

  #text(message: ServerMessage): void {
    if (message.type === 'hello') this.hello = message
    if (message.type === 'telemetry') this.state = stateOf(message)
    if (message.type === 'changes' && this.state !== null) this.state = changed(this.state, message)
    this.#tell(message)
  }

  #tell(message: ServerMessage | null): void {
    for (const watcher of [...this.#watchers]) watcher(message)
  }
}

function changed(state: RunState, { set, gone }: StateChanges): RunState {
  return withChanges(state, { set, gone } as Changes) as unknown as RunState
}

function stateOf(message: Telemetry): RunState {
  return message
}
