import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SocketLike } from '../../src/adapters/socket-world.js'
import { openConnection } from '../../src/client/connection.js'
import type { Link } from '../../src/client/link.js'
import { retryAfterMs } from '../../src/client/retry-after-ms.js'

type FakeSocket = SocketLike & { closed: boolean }

/** A world whose time moves by hand. */
function world() {
  const sockets: FakeSocket[] = []
  const links: Link[] = []
  let nowMs = 0
  let timers: { atMs: number; run: () => void }[] = []
  const connection = openConnection(
    {
      open: () => {
        const socket: FakeSocket = {
          binaryType: '',
          onopen: null,
          onmessage: null,
          onclose: null,
          closed: false,
          send: () => undefined,
          close: () => {
            socket.closed = true
          },
        }
        sockets.push(socket)
        return socket
      },
      nowMs: () => nowMs,
      chance: () => 0.5,
      later: (run, delayMs) => {
        const timer = { atMs: nowMs + delayMs, run }
        timers.push(timer)
        return timer
      },
      cancel: (timer) => {
        timers = timers.filter((other) => other !== timer)
      },
    },
    { onLink: (link) => links.push(link), onText: () => undefined, onBinary: () => undefined },
  )
  const advance = (byMs: number): void => {
    const untilMs = nowMs + byMs
    for (;;) {
      const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      timers = timers.filter((other) => other !== next)
      nowMs = next.atMs
      next.run()
    }
    nowMs = untilMs
  }
  const last = (): FakeSocket => {
    const socket = sockets[sockets.length - 1]
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  return { connection, sockets, links, advance, last, timers: () => timers.length }
}

test('comes back by itself, each time later, up to five seconds', () => {
  const { sockets, links, advance, last } = world()
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    last().onclose?.({ code: 1006, reason: '' })
    const link = links[links.length - 1]
    const before = sockets.length
    let waited = 0
    while (sockets.length === before) {
      advance(50)
      waited += 50
    }
    waits.push(waited)
    expect(link?.is).toBe('waiting')
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
})

test('starts at the shortest wait again once the run has spoken, not when it merely opened', () => {
  const { links, advance, last } = world()
  const failAndWait = (): number => {
    last().onclose?.({ code: 1006, reason: '' })
    const link = links[links.length - 1]
    advance(5000)
    return link?.is === 'waiting' ? link.attempt : -1
  }
  expect(failAndWait()).toBe(2)
  last().onopen?.()
  expect(failAndWait()).toBe(3)
  last().onopen?.()
  last().onmessage?.({ data: '{}' })
  expect(failAndWait()).toBe(2)
})

test('a socket that does not open, and one that falls silent, are given up', () => {
  const { sockets, links, advance, last } = world()
  advance(8000)
  expect(sockets[0]?.closed).toBe(true)
  expect(links[links.length - 1]).toMatchObject({ is: 'waiting', reason: 'The connection did not open in time' })
  advance(250)
  last().onopen?.()
  for (let i = 0; i < 40; i++) {
    advance(1000)
    last().onmessage?.({ data: '{}' })
  }
  expect(sockets).toHaveLength(2)
  advance(15_000)
  expect(sockets[1]?.closed).toBe(true)
})

test('tries at once when asked to, and only where it waits', () => {
  const { connection, sockets, last } = world()
  connection.retry()
  expect(sockets).toHaveLength(1)
  last().onclose?.({ code: 1001, reason: '' })
  connection.retry()
  expect(sockets).toHaveLength(2)
})

test('closing leaves no timer and no socket', () => {
  const { connection, sockets, last, timers } = world()
  last().onopen?.()
  connection.close()
  expect(sockets.every(({ closed }) => closed)).toBe(true)
  expect(timers()).toBe(0)
})

test('the wait has a bound and a jitter of a fifth', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, chance) => {
        const wait = retryAfterMs(attempt, chance)
        return wait >= 200 && wait <= 6000
      },
    ),
  )
})
