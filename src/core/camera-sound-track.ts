import type { CameraTrack } from './camera-picture-track.js'
import type { CameraItem } from './camera-client.js'
import { createHandOver } from './hand-over.js'
import type { AudioWish, DecodedSound } from './media-source.js'

/** How much sound may lie ready: it comes in bursts when a network does. */
const readyMs = 500

/** Sound of a browser, chunk by chunk. A chunk that is not as long as was asked for is left out and counted. */
export function createSoundTrack(
  { samplesPerChunk, sampleRateHz }: AudioWish,
  events: { readonly refused: (why: 'size') => void; readonly closed: () => void },
): CameraTrack<DecodedSound> {
  let lost = 0
  let passed = 0
  const shelf = createHandOver<CameraItem>({
    keep: Math.ceil((readyMs * sampleRateHz) / 1000 / samplesPerChunk),
    live: true,
    letGo: (item) => {
      passed += item.lost
    },
    onRoom: () => undefined,
    stop: () => {
      events.closed()
      return Promise.resolve()
    },
  })
  return {
    offer(item) {
      if (item.payload.byteLength === samplesPerChunk * 2 && item.header.sourceWidthPx === sampleRateHz) {
        shelf.push(item)
        return
      }
      events.refused('size')
      passed += item.lost + 1
    },
    reader: {
      async next() {
        const item = await shelf.reader.next()
        if (item === null) return null
        lost += item.lost + passed + shelf.reader.takeLost()
        passed = 0
        return { mediaTimeMs: null, captured: item.captured, samples: samplesOf(item.payload) }
      },
      takeLost() {
        const count = lost
        lost = 0
        return count
      },
      close: shelf.reader.close,
    },
  }
}

/** PCM of 16 bits as −1..1; the bytes may lie at an odd place. */
function samplesOf(bytes: Uint8Array): Float32Array {
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Float32Array(bytes.byteLength >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = source.getInt16(i * 2, true) / 32_768
  return samples
}
