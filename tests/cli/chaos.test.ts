import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { RunState, ViewersState } from '../../src/core/wire.js'
import { Command, nothingLeft, pipelineFile } from '../helpers/command.js'
import { Viewer } from '../helpers/viewer.js'

/** A hundred viewers, of which ten are frozen; and five kinds of clients that mean harm, all at once (W1, W2). */
let run: Command
let url: string
let port: number

beforeAll(async () => {
  run = new Command(['run', pipelineFile('watch'), '--port', '0', '--json'], { limitMs: 120_000 })
  url = await run.url()
  port = Number(new URL(url).port)
})

afterAll(async () => {
  run.kill('SIGINT')
  await run.ended
  expect(await run.leftovers()).toEqual(nothingLeft)
})

const state = async (): Promise<RunState & { readonly viewers: ViewersState }> =>
  (await (await fetch(`${url}state.json`)).json()) as RunState & { readonly viewers: ViewersState }
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const picturesOf = (those: readonly { readonly pictures: number }[]): number =>
  those.reduce((sum, { pictures }) => sum + pictures, 0)

/** Reads nothing from now on, as a page does whose machine sleeps. */
function freeze(viewer: Viewer): void {
  viewer.socket.pause()
}

const upgrade = (): string =>
  `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`

/** Each goes on until `over`. */
function hostile(over: () => boolean): readonly Promise<number>[] {
  const again = async (attack: () => Promise<void>): Promise<number> => {
    let times = 0
    for (; !over(); times++) await attack()
    return times
  }
  const closed = (socket: WebSocket): Promise<void> =>
    new Promise((resolve) =>
      socket.once('close', () => {
        resolve()
      }),
    )
  const opened = async (): Promise<WebSocket | null> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}ws`)
    socket.on('error', () => undefined)
    return new Promise((resolve) => {
      socket.once('open', () => {
        resolve(socket)
      })
      socket.once('close', () => {
        resolve(null)
      })
    })
  }
  const saying = (what: string | Buffer) => async (): Promise<void> => {
    const socket = await opened()
    if (socket === null) return
    socket.send(what)
    await closed(socket)
  }
  const slowLoris = async (): Promise<void> => {
    const sockets = Array.from({ length: 20 }, (): Socket => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      return socket
    })
    for (const letter of upgrade().slice(0, 40)) {
      if (over()) break
      for (const socket of sockets) socket.write(letter)
      await wait(50)
    }
    for (const socket of sockets) socket.destroy()
  }
  const neverPong = async (): Promise<void> => {
    // Speaks just enough of the protocol to be let in, reads all, and answers nothing.
    const socket = connect(port, '127.0.0.1', () => socket.write(upgrade()))
    socket.on('error', () => undefined)
    socket.resume()
    while (!over() && !socket.destroyed) await wait(100)
    socket.destroy()
  }
  return [
    again(saying('garbage')),
    again(saying(Buffer.alloc(2_000_000, 120))),
    again(async () => {
      const socket = await opened()
      socket?.terminate()
    }),
    again(slowLoris),
    again(neverPong),
  ]
}

test('no good viewer is starved, frozen ones cost a bounded memory, what is told as sent is what came, and it ends in time', async () => {
  const viewers: Viewer[] = []
  for (let n = 0; n < 10; n++) viewers.push(...(await Promise.all(Array.from({ length: 10 }, () => Viewer.open(url)))))
  const [frozen, good] = [viewers.slice(0, 10), viewers.slice(10)]
  await Promise.all(good.slice(0, 5).map((viewer) => viewer.until('it runs', ({ state }) => state === 'running')))
  await wait(1500)
  for (const viewer of frozen) freeze(viewer)
  let over = false
  const attacks = hostile(() => over)
  const before = await state()
  const counted = good.map(({ pictures }) => pictures)
  await wait(8000)
  const cameBefore = picturesOf(good)
  const after = await state()
  const got = good.map(({ pictures }, n) => pictures - (counted[n] ?? 0))
  over = true
  const times = await Promise.all(attacks)
  expect(Math.min(...times.slice(0, 3)), `attacks: ${String(times)}`).toBeGreaterThan(5)

  const offered = (after.stages['room']?.out ?? 0) - (before.stages['room']?.out ?? 0)
  expect(offered).toBeGreaterThan(20)
  // A machine that has other work to do sends fewer pictures to all; no good viewer is starved by the bad ones, or by another.
  const usual = [...got].sort((a, b) => a - b)[got.length >> 1] ?? 0
  expect(usual).toBeGreaterThan(10)
  expect(Math.min(...got)).toBeGreaterThan(usual / 3)

  // Frozen: let go, or with no more than the socket's own buffers, a megabyte of ours and a few pictures to come.
  for (const one of after.viewers.each) {
    const { pictures, dropped, waiting } = one
    expect(waiting).toBeLessThanOrEqual(5 + 256)
    expect(pictures + dropped.overflow + dropped.pace + dropped.gone + waiting).toBeLessThanOrEqual(
      after.stages['room']?.out ?? 0,
    )
  }
  const { all, each } = after.viewers
  expect(all.pictures).toBeGreaterThanOrEqual(picturesOf(each))
  expect(after.events.filter(({ level }) => level === 'error')).toEqual([])

  const endsAt = performance.now()
  run.kill('SIGINT')
  const { code } = await run.ended
  expect(code).toBe(0)
  expect(performance.now() - endsAt).toBeLessThan(2500)
  // The run tells of its viewers in the order in which they came: ten at once, the frozen ones first. What it says that it sent
  // to the good ones had come before it was asked, was on its way then, or came later.
  const sent = picturesOf(each.slice(10, 100))
  expect(sent).toBeGreaterThanOrEqual(cameBefore)
  expect(sent).toBeLessThanOrEqual(picturesOf(good))
}, 90_000)
