import { fileURLToPath } from 'node:url'
import { serveApp } from '../../src/adapters/serve-app.js'
import { ffmpegWebFiles } from '../../src/adapters/ffmpeg-web-files.js'
import type { ClientSocket } from '../../src/core/hub.js'
import { frameMessage, roomBefore } from '../../src/core/socket-frames.js'
import {
  type BinaryHeader,
  type ClientMessage,
  type Do,
  type Hello,
  type RobotState,
  type RunState,
  type StageState,
  writeHeader,
} from '../../src/core/wire.js'
import { inRoom } from './socket-frames.js'
import { hello as usualHello, robot, runState, stage } from '../web/page-fixtures.js'

/**
 * What serves the page and speaks the protocol as a run does, but says just what a test wants: states that a real run shows
 * seldom, at times that are known.
 */
export class ScriptedRun {
  url = ''
  hello: Hello = usualHello
  state: RunState = runState()
  /** What was asked, in order; `refuses` makes it answer so. */
  readonly asked: Do[] = []
  refuses: { readonly why: string; readonly remedy: string } | null = null
  /** How far the pictures are: 33 ms each. */
  seq = 0
  readonly #sockets = new Set<ClientSocket>()
  #close: (withinMs: number) => Promise<unknown> = () => Promise.resolve()

  /** @param port any free one unless told */
  async serve(port = 0): Promise<string> {
    const served = await serveApp(
      {
        texts: {
          '/config.json': () => ({
            status: 200,
            type: 'application/json',
            body: JSON.stringify({ file: 'pipelines/follow-face.yaml', text: 'saccade: 1', checked: 'follow-face' }),
          }),
          '/stages/detect-faces.txt': () => ({ status: 200, type: 'text/plain', body: 'detect-faces (operator)' }),
        },
        openTexts: {},
        folder: fileURLToPath(new URL('../../dist/web/', import.meta.url)),
        files: ffmpegWebFiles(),
        sockets: {
          '/ws': {
            mostBytes: 4096,
            needs: 'view',
            join: (socket) => {
              this.#sockets.add(socket)
              socket.send(JSON.stringify(this.hello), false)
              this.#tell(socket)
              return {
                received: (text) => {
                  this.#received(JSON.parse(text) as ClientMessage, socket)
                },
                pong: () => undefined,
                gone: () => {
                  this.#sockets.delete(socket)
                },
              }
            },
          },
        },
      },
      { port, orFree: false, host: '127.0.0.1', tokens: [], origins: [], tls: null },
    )
    this.url = served.url
    this.#close = served.close
    return served.url
  }

  /** The state, at a time of the run's clock that goes on by itself. */
  tell(change: Partial<RunState> = {}): void {
    this.state = { ...this.state, ...change, nowMs: performance.now() }
    for (const socket of this.#sockets) this.#tell(socket)
  }

  tellRobot(change: Partial<RobotState>): void {
    this.tell({ robot: { ...(this.state.robot ?? robot), ...change } })
  }

  tellStages(change: Readonly<Record<string, Partial<StageState>>>): void {
    const stages = Object.entries(change).map(([key, facts]) => [key, stage(facts)] as const)
    this.tell({ stages: { ...this.state.stages, ...Object.fromEntries(stages) } })
  }

  say(message: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify(message), false)
  }

  sendPicture(jpeg: Uint8Array, atMs: number, size: readonly [number, number]): void {
    this.#binary({ channel: 0, kind: 'video', codec: 'jpeg', quality: 75, ...sizeOf(size), ...this.#times(atMs) }, jpeg)
  }

  sendSound(pcm: Int16Array, rateHz: number, atMs: number): void {
    const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
    this.#binary(
      { channel: 1, kind: 'audio', codec: 'pcm', quality: 0, ...sizeOf([rateHz, 1]), ...this.#times(atMs) },
      bytes,
    )
  }

  get viewers(): number {
    return this.#sockets.size
  }

  /** Ends as a process does that is killed: all at once. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close(1001, '')
    await this.#close(500)
  }

  #times(atMs: number): Pick<BinaryHeader, 'seq' | 'lost' | 'capturedAtMs' | 'stamp'> {
    return { seq: ++this.seq, lost: 0, capturedAtMs: atMs, stamp: 'medium' }
  }

  #binary(header: BinaryHeader, payload: Uint8Array): void {
    const room = inRoom(payload)
    writeHeader(header, new DataView(room.buffer, roomBefore))
    const { alone } = frameMessage(room, 0)
    for (const socket of this.#sockets) socket.write(alone)
  }

  #tell(socket: ClientSocket): void {
    socket.send(JSON.stringify({ type: 'telemetry', ...this.state }), false)
  }

  #received(message: ClientMessage, socket: ClientSocket): void {
    if (message.type !== 'do') return
    this.asked.push(message)
    const answer = this.refuses === null ? { type: 'done' } : { type: 'refused', ...this.refuses }
    socket.send(JSON.stringify({ ...answer, id: message.id }), false)
    if (this.refuses === null) this.#obey(message)
  }

  /** What a run does with it, as far as its state shows. */
  #obey(message: Do): void {
    if (message.do === 'stop') this.tellRobot({ state: 'stopped', stop: message.kind ?? 'hold' })
    else if (message.do === 'reset') this.tellRobot({ state: 'holding' })
    else if (message.do === 'pause') this.tell({ state: 'paused' })
    else if (message.do === 'resume') this.tell({ state: 'running' })
  }
}

function sizeOf([sourceWidthPx, sourceHeightPx]: readonly [number, number]): {
  sourceWidthPx: number
  sourceHeightPx: number
} {
  return { sourceWidthPx, sourceHeightPx }
}
