import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMediaDecoder } from '../../src/adapters/media-decoder.js'
import { createPool } from '../../src/core/pool.js'
import { childrenOf, hasProc, nativeFfmpeg, skippedWithoutFfmpeg } from '../helpers/clips.js'

const skip = skippedWithoutFfmpeg('a camera behind rtsp')

describe.skipIf(skip)('a camera behind rtsp', () => {
  // FFmpeg cannot serve RTSP: it makes the packets, and a few lines here speak the protocol.
  const packets = createSocket('udp4')
  const asked: string[] = []
  let end: () => void = () => undefined
  let url = ''

  beforeAll(async () => {
    packets.bind(0, '127.0.0.1')
    await once(packets, 'listening')
    const to = `rtp://127.0.0.1:${String(packets.address().port)}?pkt_size=1200`
    const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=30', '-c:v', 'mpeg4', '-g', '15']
    const camera = spawn(nativeFfmpeg ?? 'ffmpeg', ['-nostdin', '-v', 'error', ...picture, '-f', 'rtp', to], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let description = ''
    camera.stdout.on('data', (text: Buffer) => (description += text.toString()))
    await Promise.all([once(packets, 'message'), once(camera.stdout, 'data')])

    const server = createServer((socket) => {
      let text = ''
      const send = (packet: Buffer): void => {
        socket.write(Buffer.concat([Buffer.from([36, 0, packet.length >> 8, packet.length & 255]), packet]))
      }
      socket.on('error', () => undefined)
      socket.on('close', () => packets.off('message', send))
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1')
        for (let at = text.indexOf('\r\n\r\n'); at >= 0; at = text.indexOf('\r\n\r\n')) {
          const request = text.slice(0, at)
          text = text.slice(at + 4)
          const method = request.split(' ')[0] ?? ''
          asked.push(method)
          const sdp = description.replace(/^SDP:\n/, '').replace(/m=video \d+/, 'm=video 0')
          const more: Record<string, string> = {
            DESCRIBE: `Content-Type: application/sdp\r\nContent-Length: ${String(sdp.length)}\r\n\r\n${sdp}`,
            SETUP: 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n',
          }
          const cseq = /CSeq: (\d+)/i.exec(request)?.[1] ?? '0'
          socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nSession: 1\r\n${more[method] ?? '\r\n'}`)
          if (method === 'PLAY') packets.on('message', send)
        }
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `rtsp://127.0.0.1:${String((server.address() as AddressInfo).port)}/1`
    end = () => {
      camera.kill('SIGKILL')
      server.close()
      packets.close()
    }
  })
  afterAll(() => {
    end()
  })

  it('is read live over TCP alone, and bidden goodbye', async () => {
    const pool = createPool()
    const medium = await createMediaDecoder()({ kind: 'network', scheme: 'rtsp', url }, () => undefined)
    const reader = medium.video({ format: 'gray', fitPx: [160, 160] }, pool)
    const before = hasProc ? childrenOf(process.pid).length : 0
    for (let k = 0; k < 10; k++) {
      const picture = await reader.next()
      expect(picture?.mediaTimeMs).toBeNull()
      expect([picture?.frame.widthPx, picture?.frame.heightPx]).toEqual([160, 120])
      picture?.frame.release()
    }
    expect([medium.live, medium.durationMs()]).toEqual([true, null])
    await reader.close()
    expect(asked).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN'])
    expect(pool.count().lent).toBe(0)
    if (hasProc) expect(childrenOf(process.pid).length).toBe(before - 1)
  })
})
