import { runScript } from './child.mjs'
import { row } from './figures.mjs'

export const about =
  'sound by WebSocket, 20 ms a message: capture → client in each codec, beside the full vision load; bare is a loop of opusscript and ws'

const codecs = ['pcm', 'opus', 'mulaw', 'alaw']

/** Ours and bare by turns, each in a process of its own, so that drift of the machine meets both. */
export async function run({ quick, say }) {
  const [rounds, seconds] = quick ? [1, 3] : [4, 10]
  const ours = []
  const bare = []
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    bare.push(await runScript('./bare/audio.mjs', [seconds]))
    ours.push(await runScript('./ours/audio.mjs', [seconds]))
  }
  const all = (runs, what, name) => runs.flatMap((one) => one[what][name])
  const bytes = (name) => {
    const sizes = all(ours, 'bytes', name)
    return sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  }
  const wire = codecs.map((codec) =>
    row({
      what: `capture → client, ${codec}`,
      samples: all(ours, 'wireMs', codec),
      baseline: 'bare',
      baselineSamples: all(bare, 'wireMs', codec === 'opus' ? 'opus' : 'pcm'),
      target: 'p99 <= 20 ms',
      check: (figure) => figure.p99 <= 20,
      notes: `${bytes(codec).toFixed(0)} bytes of sound a message, ${((bytes(codec) * 8 * 50) / 1000).toFixed(0)} kbit/s${
        codec.endsWith('law') ? '; 1.9 ms of it are the low-pass to 8 kHz, which the time in the header counts in' : ''
      }`,
    }),
  )
  const encode = codecs.map((codec) =>
    row({
      what: `event loop for a message, ${codec}`,
      unit: 'µs',
      samples: all(ours, 'encodeUs', codec),
      ...(codec === 'opus' ? { baseline: 'bare', baselineSamples: all(bare, 'encodeUs', codec) } : {}),
      ...(codec === 'opus' ? { target: '+50 µs p50', check: (a, b) => a.p50 - b.p50 <= 50 } : {}),
    }),
  )
  wire[0].notes +=
    '; a file gives its sound when its first sample is due, so that the frame of 20 ms is not in these figures; the clients are a process of their own; bare has no vision beside it'
  return [...wire, ...encode]
}
