const waitMs = 3000

const guarded = new Map<Int32Array, () => string>()
let watching = false

/**
 * Holds the end of the process back while a model loads or runs, for 3 s at most (I4).
 *
 * A process that ends inside ONNX Runtime's native code aborts with 134 instead of its own exit code ("terminate called
 * after throwing an instance of 'Napi::Error'", 1.20 to 1.30), be it by `process.exit`, by a throw or by a natural end.
 *
 * @param name what is under way there, as of now
 * @returns lets go
 */
export function guardExit(callsUnderWay: Int32Array, name: () => string): () => void {
  if (!watching) process.on('exit', waitForAll)
  watching = true
  guarded.set(callsUnderWay, name)
  return () => guarded.delete(callsUnderWay)
}

function waitForAll(): void {
  const endMs = performance.now() + waitMs
  for (const [calls, name] of guarded) {
    for (let left = Atomics.load(calls, 0); left > 0; left = Atomics.load(calls, 0)) {
      const restMs = endMs - performance.now()
      if (restMs > 0) Atomics.wait(calls, 0, left, restMs)
      else {
        process.stderr.write(
          `model ${name()} has been running for over ${String(waitMs / 1000)} s: the process ends without it and may abort\n`,
        )
        break
      }
    }
  }
}
