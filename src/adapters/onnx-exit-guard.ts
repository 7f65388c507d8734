const waitMs = 3000

const guarded = new Map<Int32Array, () => string>()
let watching = false

/** Of a worker, for the main thread: calls under way, and those of them that are in native code. */
export const exitCounts = { calls: 0, native: 1, length: 2 } as const

/**
 * Holds the end of the process back while a model loads or runs, for 3 s at most (I4).
 *
 * A process that ends inside ONNX Runtime's native code aborts with 134 instead of its own exit code ("terminate called
 * after throwing an instance of 'Napi::Error'", 1.20 to 1.30), be it by `process.exit`, by a throw or by a natural end; and
 * where that code does not come back the end waits for it for ever, deaf to signals: then the process is killed.
 *
 * @param counts as `exitCounts` has them
 * @param name what is under way there, as of now
 * @returns lets go
 */
export function guardExit(counts: Int32Array, name: () => string): () => void {
  if (!watching) process.on('exit', waitForAll)
  watching = true
  guarded.set(counts, name)
  return () => guarded.delete(counts)
}

function waitForAll(): void {
  const endMs = performance.now() + waitMs
  const late = new Set<string>()
  let isStuck = false
  for (const [counts, name] of guarded) {
    for (let left = Atomics.load(counts, exitCounts.calls); left > 0; left = Atomics.load(counts, exitCounts.calls)) {
      const restMs = endMs - performance.now()
      if (restMs > 0) Atomics.wait(counts, exitCounts.calls, left, restMs)
      else {
        late.add(name())
        isStuck ||= Atomics.load(counts, exitCounts.native) > 0
        break
      }
    }
  }
  const how = isStuck ? 'the process is killed, as it cannot end before that does' : 'the process ends without it'
  for (const name of late)
    process.stderr.write(`model ${name} has been running for over ${String(waitMs / 1000)} s: ${how}\n`)
  if (isStuck) process.kill(process.pid, 'SIGKILL')
}
