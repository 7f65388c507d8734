/** What is told of the sound beside the button, in words; nothing while nobody listens. */
export function listenWords(sound: {
  readonly listening: boolean
  readonly playing: boolean
  /** From capture to the ear; null where it is not known. */
  readonly delayMs: number | null
  readonly interruptions: number
}): string {
  if (!sound.listening) return ''
  if (!sound.playing) return 'The browser holds the sound back: click Listen again'
  if (sound.delayMs === null) return 'Waiting for sound'
  const delay = `Heard at least ${String(Math.round(sound.delayMs / 10) * 10)} ms after it was made`
  if (sound.interruptions === 0) return delay
  return `${delay}, interrupted ${sound.interruptions === 1 ? 'once' : `${String(sound.interruptions)} times`}`
}
