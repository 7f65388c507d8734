import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { serveApp } from '../../src/adapters/serve-app.js'
import type { ClientSocket } from '../../src/core/client-socket.js'

test('what is sent is asked about just behind it, and the answer brings the words back', async () => {
  const joined: ClientSocket[] = []
  const answers: string[] = []
  const served = await serveApp(
    {
      ...{ texts: {}, openTexts: {}, folder: fileURLToPath(new URL('.', import.meta.url)), files: {} },
      sockets: {
        '/ws': {
          ...{ mostBytes: 4096, needs: 'view' },
          join: (socket) => {
            joined.push(socket)
            return {
              received: () => undefined,
              pong: (words) => answers.push(words),
              gone: () => undefined,
            }
          },
        },
      },
    },
    { port: 0, orFree: false, host: '127.0.0.1', tokens: [], origins: [], tls: null },
  )
  const heard: string[] = []
  const client = new WebSocket(`${served.url.replace(/^http/, 'ws')}ws`)
  client.on('message', (data) => heard.push((data as Buffer).toString()))
  client.on('ping', (words) => heard.push(`ping ${words.toString()}`))
  try {
    await new Promise((resolve) => client.once('open', resolve))
    const [socket] = joined
    socket?.send(Buffer.from('a picture'), false, '7 1')
    socket?.send(Buffer.from('another'), false, null)
    socket?.send('a text', true, '8 2')
    socket?.send('the last', false)
    await expect.poll(() => heard).toContain('the last')
    expect(heard).toEqual(['a picture', 'ping 7 1', 'another', 'a text', 'ping 8 2', 'the last'])
    await expect.poll(() => answers).toEqual(['7 1', '8 2'])
  } finally {
    client.terminate()
    await served.close(1000)
  }
})
