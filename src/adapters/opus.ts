import type OpusScript from 'opusscript'
import { createRequire } from 'node:module'
import type { CreateOpusEncoder } from '../core/adapters.js'
import { loadOptional } from './optional.js'

/** A quarter of the work of the default of 10, for speech the same to the ear. */
const complexity = 5
const setComplexity = 4010
/** Of a second, mono: speech at 16 kHz is transparent by then. */
const bitsPerSecond = 32_000

/** What the package keeps in its object and does not declare. */
type Insides = { inPCM: Uint16Array; readonly inPCMPointer: number; readonly inPCMLength: number }

/**
 * libopus as WebAssembly, on the event loop: 20 ms of mono sound take some 0.1 ms. Loading compiles it, which takes 10 ms once in
 * a process.
 */
export async function opusEncoders(): Promise<CreateOpusEncoder> {
  const Opus = await loadOptional('opusscript', () => {
    const package_ = createRequire(import.meta.url)('opusscript') as typeof OpusScript
    // The first object compiles the module: not when a client first asks, while a robot moves.
    new package_(16_000, 1, package_.Application.AUDIO).delete()
    return Promise.resolve(package_)
  })
  return (sampleRateHz) => {
    const opus = new Opus(sampleRateHz, 1, Opus.Application.AUDIO)
    opus.encoderCTL(setComplexity, complexity)
    opus.setBitrate(bitsPerSecond)
    writeWhereItIsAllocated(opus)
    const samplesPerFrame = sampleRateHz / 50
    const frame = new Uint8Array(samplesPerFrame * 2)
    return {
      encode(pcm) {
        frame.fill(0).set(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
        // It reads bytes by their index and length alone, so that any array of bytes will do.
        return opus.encode(frame as Buffer, samplesPerFrame)
      },
      close: () => {
        opus.delete()
      },
    }
  }
}

/**
 * opusscript 0.1.1 takes the address of its input, which counts bytes, as an index of 16-bit words: it writes at twice the address,
 * into memory of others, and past the end of memory with the 79th object. The right place is told here.
 */
function writeWhereItIsAllocated(opus: OpusScript): void {
  const { inOpus } = opus as unknown as { readonly inOpus: Uint8Array }
  const insides = opus as unknown as Insides
  insides.inPCM = new Uint16Array(inOpus.buffer, insides.inPCMPointer, insides.inPCMLength / 2)
}
