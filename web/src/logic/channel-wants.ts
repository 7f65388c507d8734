import type { ChannelInfo, Codec, Want } from '../../../src/core/wire.js'

/**
 * What this page wants of each channel: all while it is in sight. A hidden page wants no more than what tells of it later,
 * words, and the sound that somebody listens to, so that nothing is encoded for what nobody sees.
 *
 * @param codec of the sound; null where the run's own choice is taken
 */
export function channelWants(
  channels: readonly ChannelInfo[],
  { seen, listening, codec }: { readonly seen: boolean; readonly listening: boolean; readonly codec: Codec | null },
): Want['channels'] {
  const wants = channels.map(({ name, kind }) => {
    const wanted = seen || kind === 'data' || (kind === 'audio' && listening)
    return [name, wanted && (kind === 'audio' && codec !== null ? { codec } : {})] as const
  })
  return Object.fromEntries(wants)
}
