import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a script of this folder in a process of its own; gives the JSON of its last line. */
export function runScript(path, words = [], env = {}) {
  const script = fileURLToPath(new URL(path, import.meta.url))
  const command = path.endsWith('.py') ? (process.env.PYTHON ?? 'python3') : process.execPath
  return new Promise((resolve, reject) => {
    const child = spawn(command, [script, ...words.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    let text = ''
    child.stdout.on('data', (data) => (text += data))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${path} ended with ${code}`))
      resolve(JSON.parse(text.trim().split('\n').at(-1)))
    })
  })
}
