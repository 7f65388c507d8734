import type { ChannelInfo, Codec, Want } from './wire.js'

/** Nobody gets more pictures a second (W4). */
const mostPictures = 30

type Wish = { codec: Codec | undefined; wanted: boolean; periodMs: number; dueMs: number }

/** What one client wants of each channel: at first all of everything. */
export class ChannelWishes {
  readonly #channels: readonly ChannelInfo[]
  readonly #wishes: Wish[] = []

  constructor(channels: readonly ChannelInfo[]) {
    this.#channels = channels
  }

  wants(channel: number): boolean {
    return this.#of(channel).wanted
  }

  /** In which codec it is to get this channel; undefined where packets go as JSON. */
  codec(channel: number): Codec | undefined {
    return this.#of(channel).codec
  }

  /** Whether one that comes now is not more than it asked for: what nobody asked for is no loss. Sound has no turns. */
  inTurn(channel: number, nowMs: number): boolean {
    const wish = this.#of(channel)
    if (!wish.wanted || nowMs < wish.dueMs - wish.periodMs / 2) return false
    wish.dueMs = (nowMs > wish.dueMs + wish.periodMs / 2 ? nowMs : wish.dueMs) + wish.periodMs
    return true
  }

  /** Names that there are not, and codecs that the channel has not, change nothing. @returns whether it looks at pictures again */
  set({ channels }: Want): boolean {
    let looksAgain = false
    for (const [number, { name, kind, codecs }] of this.#channels.entries()) {
      const wanted = Object.hasOwn(channels, name) ? channels[name] : undefined
      if (wanted === undefined) continue
      const wish = this.#of(number)
      if (kind === 'video' && wanted !== false && !wish.wanted) looksAgain = true
      wish.wanted = wanted !== false
      if (wanted === false) continue
      if (wanted.codec !== undefined && codecs?.includes(wanted.codec) === true) wish.codec = wanted.codec
      if (wanted.maxPerSecond === undefined || kind === 'audio') continue
      wish.periodMs = 1000 / Math.min(kind === 'video' ? mostPictures : Infinity, wanted.maxPerSecond)
      wish.dueMs = -Infinity
    }
    return looksAgain
  }

  #of(channel: number): Wish {
    const info = this.#channels[channel]
    return (this.#wishes[channel] ??= {
      codec: info?.codecs?.[0],
      wanted: true,
      periodMs: info?.kind === 'video' ? 1000 / mostPictures : 0,
      dueMs: -Infinity,
    })
  }
}
