import fc from 'fast-check'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import type { Adapters, CreateOpusEncoder } from '../../src/core/adapters.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import type { Sound } from '../../src/core/ports.js'
import { Runtime } from '../../src/core/runtime.js'
import { createVirtualClock } from '../../src/core/virtual-clock.js'
import { type Codec, readHeader } from '../../src/core/wire.js'
import { showSound } from '../../src/sinks/show-sound.js'
import { runs } from '../helpers/runs.js'
import { readFrames } from '../helpers/socket-frames.js'

const sounds = ['pcm', 'opus', 'mulaw', 'alaw'] as const

/** An Opus that counts who is open, and how often each was made. */
function countedOpus() {
  const count = { made: 0, open: 0, encoded: 0 }
  const create: CreateOpusEncoder = () => {
    count.made++
    count.open++
    return {
      encode: () => {
        count.encoded++
        return Uint8Array.of(1)
      },
      close: () => count.open--,
    }
  }
  return { count, opusEncoders: () => Promise.resolve(create) }
}

function createScene(opusEncoders: Adapters['opusEncoders']) {
  const runtime = new Runtime({ clock: createVirtualClock(), adapters: { ...adapters(), opusEncoders } })
  const packets$ = new Subject<Packet<Sound>>()
  const context = { runtime, name: 'live', meter: runtime.meter('live'), how: {} }
  const subscription = showSound(context, 'mic', packets$).subscribe()
  let seq = 0
  return {
    runtime,
    subscription,
    next: () => {
      const value = { sampleRateHz: 16_000, samples: new Float32Array(320) }
      const origin = { name: 'mic', live: true }
      const packet = { origin, seq, capturedAtMs: 20 * seq, stamp: { kind: 'device' } as const, value }
      packets$.next(createPacket(packet))
      seq++
    },
    join: () => {
      const heard: { readonly seq: number; readonly codec: Codec }[] = []
      const client = runtime.hub.join({
        send: () => undefined,
        write: (frames) => {
          const { message } = readFrames(frames)
          const { seq, codec } = readHeader(new DataView(message.buffer, message.byteOffset))
          heard.push({ seq, codec })
        },
        bufferedBytes: () => 0,
        close: () => undefined,
        ping: () => undefined,
      })
      const want = (codec: Codec | null): void => {
        client.received(JSON.stringify({ type: 'want', channels: { mic: codec === null ? false : { codec } } }))
      }
      return { heard, want, gone: client.gone }
    },
  }
}

describe('showSound', () => {
  const wish = fc.record({ client: fc.integer({ min: 0, max: 2 }), codec: fc.constantFrom(...sounds, null) })
  const moves = fc.array(fc.oneof(wish, fc.constant('sound' as const), fc.constant('sound' as const)), {
    maxLength: 40,
  })

  test('law: each client hears all that came since its wish, in its codec; Opus is made once for all, and only while it is wanted', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (moves) => {
        const { count, opusEncoders } = countedOpus()
        const scene = createScene(opusEncoders)
        const clients = [scene.join(), scene.join(), scene.join()].map((client) => {
          const wanted: { codec: Codec | null } = { codec: 'pcm' }
          return { ...client, wanted, expected: [] as { readonly seq: number; readonly codec: Codec }[] }
        })
        let [seq, opened] = [0, false]
        for (const move of moves) {
          if (move !== 'sound') {
            const client = clients[move.client]
            client?.want(move.codec)
            if (client !== undefined) client.wanted.codec = move.codec
            continue
          }
          scene.next()
          const listeners = clients.filter(({ wanted }) => wanted.codec === 'opus').length
          for (const { wanted, expected } of clients) {
            // Opus comes as a promise: the packet that asks for it is not sent yet.
            if (wanted.codec === null || (wanted.codec === 'opus' && !opened)) continue
            expected.push({ seq, codec: wanted.codec })
          }
          opened = listeners > 0
          seq++
          expect(count.open).toBeLessThanOrEqual(1)
          if (listeners === 0) expect(count.open).toBe(0)
          await Promise.resolve()
          await Promise.resolve()
          await Promise.resolve()
        }
        for (const { heard, expected } of clients) expect(heard).toEqual(expected)
        expect(count.encoded).toBeLessThanOrEqual(seq)
        scene.subscription.unsubscribe()
        expect(count.open).toBe(0)
      }),
      { numRuns: runs(200) },
    )
  })

  test('where there is no Opus, it is not offered', () => {
    expect(createScene(null).runtime.hub.channels).toEqual([
      { name: 'mic', kind: 'audio', codecs: ['pcm', 'mulaw', 'alaw'] },
    ])
    const { runtime } = createScene(countedOpus().opusEncoders)
    expect(runtime.hub.channels[0]?.codecs).toEqual(sounds)
  })

  test('an Opus that does not run is told of once, and the others go on', async () => {
    const scene = createScene(() => Promise.reject(new Error('no room')))
    const [one, other] = [scene.join(), scene.join()]
    one.want('opus')
    for (let n = 0; n < 3; n++) {
      scene.next()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(one.heard).toEqual([])
    expect(other.heard).toHaveLength(3)
    expect(scene.runtime.events.map(({ text }) => text)).toEqual(['live cannot send sound as opus: no room'])
  })

  test('who is gone is encoded for no more', async () => {
    const { count, opusEncoders } = countedOpus()
    const scene = createScene(opusEncoders)
    const one = scene.join()
    one.want('opus')
    scene.next()
    await new Promise((resolve) => setImmediate(resolve))
    scene.next()
    expect(count).toEqual({ made: 1, open: 1, encoded: 1 })
    one.gone()
    scene.next()
    expect(count).toEqual({ made: 1, open: 0, encoded: 1 })
  })
})
