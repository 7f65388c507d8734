/** What a signal does now: before a run is there to be stopped, nothing is open and the process just ends. */
let stop = (): void => process.exit(0)
let asked = false

/**
 * Hears Ctrl-C and SIGTERM from the first moment on, before the modules of a command are loaded: the first one stops in
 * order, a second Ctrl-C ends at once with 130.
 */
export function hearSignals(): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked && signal === 'SIGINT') process.exit(130)
    if (!asked) stop()
    asked = true
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** Stops as the first signal does: whoever reads the output has gone. */
export function hangUp(): void {
  if (!asked) stop()
  asked = true
}

/** Says how to stop from now on. */
export function stopBy(way: () => void): void {
  stop = way
}
