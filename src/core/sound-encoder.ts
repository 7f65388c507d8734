import type { Packet } from './packet.js'
import type { Sound } from './ports.js'
import type { BinaryHeader, Codec } from './wire.js'

/** Sound as it goes to clients: one message, its header but for what the channel knows. */
export type EncodedSound = {
  readonly header: Omit<BinaryHeader, 'channel' | 'kind'>
  readonly payload: Uint8Array
}

/**
 * Writes the packets of one channel in one codec: none, one or several messages for each packet, as what does not fill a
 * frame of the codec waits for the next call. It starts with the first packet after somebody wants the codec, and is let go
 * when nobody does any more: what it kept is then of no use to anyone.
 */
export type SoundEncoder = {
  readonly encode: (packet: Packet<Sound>) => readonly EncodedSound[]
  /** Gives back what it holds outside of the heap; absent where there is nothing. */
  readonly close?: () => void
}

/**
 * How sound is written in a codec. Where an encoder has to be loaded it comes as a promise, and packets until then are not
 * sent in this codec.
 *
 * @throws SaccadeError `missing` (also as a rejection) without the package of the codec
 */
export type SoundCodec = {
  readonly codec: Exclude<Codec, 'jpeg'>
  readonly open: () => SoundEncoder | Promise<SoundEncoder>
}
