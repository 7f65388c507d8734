import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { serveApp } from '../../src/adapters/serve-app.js'
import { frameMessage, roomBefore, roomBehind } from '../../src/core/socket-frames.js'

const rounds = 40
/** Both sides of what changes the head of a frame. */
const sizes = [0, 125, 126, 65_535, 65_536, 200_000]
const textOf = (round: number): string => JSON.stringify({ round, words: 'deflated '.repeat(1500) })
const bytesOf = (round: number): Buffer => Buffer.alloc(sizes[round % sizes.length] ?? 0, round + 1)

function roomOf(payload: Buffer): Uint8Array {
  return Buffer.concat([Buffer.alloc(roomBefore), payload, Buffer.alloc(roomBehind)])
}

test('frames that are written past the library come whole, while it deflates texts of its own', async () => {
  const served = await serveApp(
    {
      texts: {},
      openTexts: {},
      folder: fileURLToPath(new URL('../../web/', import.meta.url)),
      files: {},
      sockets: {
        '/ws': {
          mostBytes: 4096,
          needs: 'view',
          join: (socket) => {
            for (let round = 0; round < rounds; round++) {
              socket.send(textOf(round), true)
              const framed = frameMessage(roomOf(bytesOf(round)), round + 1)
              socket.write(round % 2 === 0 ? framed.asking : framed.alone)
            }
            return { received: () => undefined, gone: () => undefined }
          },
        },
      },
    },
    { port: 0, orFree: false, host: '127.0.0.1', tokens: [], origins: [], tls: null },
  )
  const [texts, messages, pings]: [string[], Buffer[], string[]] = [[], [], []]
  // As through a proxy: for clients of the same machine nothing is deflated.
  const client = new WebSocket(`${served.url.replace('http', 'ws')}ws`, {
    headers: { 'x-forwarded-for': '192.0.2.1' },
  })
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject)
      client.on('close', (code) => {
        reject(new Error(`closed with ${String(code)}`))
      })
      client.on('ping', (words) => pings.push(words.toString('latin1')))
      client.on('message', (data, isBinary) => {
        if (!Buffer.isBuffer(data)) throw new Error('not a buffer')
        if (isBinary) messages.push(data)
        else texts.push(data.toString('utf8'))
        if (texts.length + messages.length === 2 * rounds) resolve()
      })
    })
    expect(client.extensions).toBe('permessage-deflate')
    const all = [...Array(rounds).keys()]
    expect(texts).toEqual(all.map(textOf))
    expect(messages.every((message, round) => message.equals(bytesOf(round)))).toBe(true)
    expect(pings).toEqual(all.filter((round) => round % 2 === 0).map((round) => String(round + 1)))
  } finally {
    client.removeAllListeners('close')
    client.terminate()
    await served.close(500)
  }
})
