/** What waits without the run's clock (T1). */
const doors = ['setTimeout', 'setInterval', 'setImmediate'] as const

let watching = false

/**
 * Calls, and says which timers of the machine were started meanwhile, by name. What is started in a later turn of the event
 * loop is not seen. The globals are put back before it returns.
 */
export function watchTimers(call: () => void, started: (name: string) => void): void {
  if (watching) {
    call()
    return
  }
  watching = true
  const before = doors.map((name) => [name, Reflect.get(globalThis, name) as (...words: unknown[]) => unknown] as const)
  for (const [name, start] of before) {
    Reflect.set(globalThis, name, (...words: unknown[]) => {
      started(name)
      return start(...words)
    })
  }
  try {
    call()
  } finally {
    for (const [name, start] of before) Reflect.set(globalThis, name, start)
    watching = false
  }
}
