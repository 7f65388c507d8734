import { definePort, defineOperator, type Frame, picturePort, z } from 'saccade'

const changePort = definePort<number>('change', 'how much of a picture is another than before, 0 to 1')

function change(before: Uint8Array, now: Uint8Array): number {
  const other = now.reduce((count, byte, index) => count + (byte === before[index] ? 0 : 1), 0)
  return now.length === 0 ? 0 : other / now.length
}

/**
 * Wrong: it keeps the last frame, which is lent only for the length of the call. Right: a copy of its own (`frame.own()`,
 * or of its bytes).
 */
export const keepsAFrame = defineOperator({
  name: 'keeps-a-frame',
  summary: 'Says how much of a picture is another than in the one before.',
  input: picturePort,
  output: changePort,
  options: z.strictObject({}),
  example: {},
  each: () => {
    let before: Frame | null = null
    return (frame) => {
      const changed = before === null ? 1 : change(before.bytes, frame.bytes)
      before = frame
      return changed
    }
  },
})
