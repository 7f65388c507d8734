import { job as silero } from '../../dist/audio/silero.js'

/** Silero's job, whose worker dies of an input that says so: by ending, by an error that nobody catches, or by eating all its memory. */
export const job = {
  ...silero,
  example: () => ({ dies: false }),
  prepare: ({ dies }) => {
    if (dies === true) process.exit(3)
    if (dies === 'of an error') {
      process.nextTick(() => {
        throw new Error('on purpose')
      })
    }
    if (dies === 'of memory') {
      const kept = []
      for (;;) kept.push(new Array(2e6).fill(0))
    }
    return silero.prepare({
      samples: new Float32Array(512),
      context: new Float32Array(64),
      state: new Float32Array(256),
    })
  },
}
