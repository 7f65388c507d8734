import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readClientMessage } from '../../src/core/read-client-message.js'
import type { ChannelKind } from '../../src/core/wire.js'
import { channelWants } from '../../web/src/logic/channel-wants.js'

const kinds: readonly ChannelKind[] = ['video', 'audio', 'detections', 'voice', 'robot', 'data']
const channels = kinds.map((kind) => ({ name: `a ${kind}`, kind }))

test('law: all is wanted while the page is in sight; hidden, words alone and what somebody listens to', () => {
  const codec = fc.constantFrom(null, 'opus', 'pcm' as const)
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), codec, (seen, listening, its) => {
      const wants = channelWants(channels, { seen, listening, codec: its })
      const wanted = kinds.filter((kind) => wants[`a ${kind}`] !== false)
      expect(wanted).toEqual(seen ? kinds : listening ? ['audio', 'data'] : ['data'])
      if (wanted.includes('audio')) expect(wants['a audio']).toEqual(its === null ? {} : { codec: its })
      const message = { type: 'want', channels: wants }
      expect(readClientMessage(JSON.stringify(message))).toEqual(message)
    }),
  )
})
