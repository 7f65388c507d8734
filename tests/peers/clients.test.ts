import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as turbo from '@julusian/jpeg-turbo'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createPipeline, type PipelineRun } from '../../src/index.js'
import { python, pythonHas } from '../helpers/python.js'
import { hasBrowser, launch } from './browser.js'

const hasWebsockets = pythonHas(['websockets'], 'apt-get install python3-websockets, or pip install websockets')

/** Prints the first picture that comes: its size by its own frame header, and that of the source. */
const script = `
import asyncio, json, struct, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1], max_size=None) as socket:
        hello = json.loads(await socket.recv())
        while True:
            data = await socket.recv()
            if isinstance(data, bytes) and data[1] == 1: break
        at = 34
        while True:
            marker, length = struct.unpack('>HH', data[at:at + 4])
            if 0xFFC0 <= marker <= 0xFFC2: break
            at += 2 + length
        height, width = struct.unpack('>HH', data[at + 5:at + 9])
        print(json.dumps({'protocol': hello['protocol'], 'size': [width, height], 'source': struct.unpack('<II', data[16:24])}))
asyncio.run(main())
`

describe('the video shows in other people’s clients', () => {
  let run: PipelineRun
  let url: string
  let socketUrl: string

  beforeAll(async () => {
    run = await createPipeline(fileURLToPath(new URL('../../pipelines/watch.yaml', import.meta.url)))
    url = await run.serve({ port: 0, page: false })
    socketUrl = `${url.replace('http', 'ws')}ws`
    await run.start()
  })
  afterAll(async () => {
    await run.stop()
  })

  test('plain ws: a JPEG that decodes, behind the header', async () => {
    const socket = new WebSocket(socketUrl)
    const message = await new Promise<Buffer>((resolve) =>
      socket.on('message', (data, isBinary) => {
        if (isBinary && Buffer.isBuffer(data)) resolve(data)
      }),
    )
    socket.close()
    const { width, height } = turbo.decompressSync(message.subarray(32), { format: turbo.FORMAT_RGB })
    const source = [message.readUInt32LE(16), message.readUInt32LE(20)] as const
    expect(Math.max(width, height)).toBe(Math.min(640, Math.max(...source)))
    expect(width / height).toBeCloseTo(source[0] / source[1], 1)
  })

  test.skipIf(!hasWebsockets)('Python websockets: the same', async () => {
    const { stdout } = await promisify(execFile)(python, ['-c', script, socketUrl], { timeout: 20_000 })
    const { protocol, size, source } = JSON.parse(stdout) as { protocol: number; size: number[]; source: number[] }
    expect(protocol).toBe(2)
    expect(Math.max(...size)).toBe(Math.min(640, Math.max(...source)))
  })

  test.skipIf(!hasBrowser())('a browser’s bare WebSocket: it is drawn', async () => {
    const browser = await launch()
    try {
      const page = await browser.newPage()
      await page.goto(`${url}healthz`)
      // As text: what the test runner makes of code is not for a page.
      const size = await page.evaluate<readonly number[]>(`new Promise((resolve) => {
        const socket = new WebSocket(${JSON.stringify(socketUrl)})
        socket.binaryType = 'arraybuffer'
        socket.onmessage = async ({ data }) => {
          if (!(data instanceof ArrayBuffer)) return
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, 32)], { type: 'image/jpeg' }))
          resolve([bitmap.width, bitmap.height])
        }
      })`)
      expect(Math.max(...size)).toBe(640)
    } finally {
      await browser.close()
    }
  })
})
