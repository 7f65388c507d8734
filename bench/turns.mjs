import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * Scripts that measure by turns, each in a process of its own that is warm and stays: drift of the machine meets all alike,
 * and none is compiled for the others. Each answers a line of JSON with a line of JSON, as `answerTurns` does.
 *
 * @param scripts by name: `[path from here, ...words]`
 */
export function openTurns(scripts, execArgv = []) {
  const open = new Map(Object.entries(scripts).map(([name, words]) => [name, start(words, execArgv)]))
  return {
    /** Asks each of the names so many times, by turns, and at once those that stand in a list of their own; gives the answers by name. */
    async take(question, rounds = 1, names = [...open.keys()]) {
      const answers = Object.fromEntries(names.flat().map((name) => [name, []]))
      const ask = async (name) => answers[name].push(await open.get(name).ask(question))
      for (let round = 0; round < rounds; round++) for (const turn of names) await Promise.all([turn].flat().map(ask))
      return answers
    },
    close: () => Promise.all([...open.values()].map(({ close }) => close())),
  }
}

function start([path, ...words], execArgv) {
  const script = fileURLToPath(new URL(path, import.meta.url))
  const command = path.endsWith('.py') ? [process.env.PYTHON ?? 'python3'] : [process.execPath, ...execArgv]
  const child = spawn(command[0], [...command.slice(1), script, ...words.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('close', resolve)
  })
  child.stdin.on('error', () => undefined) // it has ended, and the question says so
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${path} ${words.join(' ')} ended with ${await ended}`)
      return JSON.parse(value)
    },
    close() {
      child.stdin.end()
      return ended
    },
  }
}

/** For such a script: measures as often as it is asked, and ends with who asks. */
export function answerTurns(measure) {
  createInterface({ input: process.stdin })
    .on('line', async (line) => console.log(JSON.stringify(await measure(JSON.parse(line)))))
    .on('close', () => process.exit(0))
}
