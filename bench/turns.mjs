import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

// The collector on the same thread: its helpers wait for each other where others are busy, and that is no cost of ours.
const execArgv = ['--single-threaded-gc']

/**
 * Measures by turns, each in a process of its own that is warm and stays: drift of the machine meets all alike, and none is
 * compiled for the others. Gives the samples by name.
 *
 * @param scripts by name: `[path from here, ...words]`
 */
export async function takeTurns(scripts, { rounds, forMs }) {
  const open = Object.entries(scripts).map(([name, [path, ...words]]) => {
    const child = fork(fileURLToPath(new URL(path, import.meta.url)), words, { execArgv })
    const ask = (ms) =>
      new Promise((resolve, reject) => {
        const ended = (code) => reject(new Error(`${path} ${words.join(' ')} ended with ${code}`))
        child.once('exit', ended)
        child.once('message', (samples) => {
          child.off('exit', ended)
          resolve(samples)
        })
        child.send(ms)
      })
    return { name, child, ask, samples: [] }
  })
  try {
    for (const { ask } of open) await ask(Math.min(300, 5 * forMs))
    for (let round = 0; round < rounds; round++)
      for (const { ask, samples } of open) for (const sample of await ask(forMs)) samples.push(sample)
  } finally {
    for (const { child } of open) if (child.connected) child.disconnect()
  }
  return Object.fromEntries(open.map(({ name, samples }) => [name, samples]))
}
