import { job as silero } from '../../dist/audio/silero.js'

/** Silero's job, that hangs for as long as the input's flag is 0. */
export const job = {
  ...silero,
  example: () => ({ hung: new Int32Array(new SharedArrayBuffer(4)).fill(1) }),
  prepare: ({ hung }) => {
    Atomics.wait(hung, 0, 0)
    return silero.prepare({
      samples: new Float32Array(512),
      context: new Float32Array(64),
      state: new Float32Array(256),
    })
  },
}
