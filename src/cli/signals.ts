/** What Ctrl-C, SIGTERM and a reader who has gone do to a command. */
export type Signals = {
  /** Says how to stop from now on; before, nothing is open and the process just ends. */
  readonly stopBy: (way: () => void) => void
  /** Stops as the first signal does: whoever reads the output has gone. */
  readonly hangUp: () => void
}

/**
 * Hears Ctrl-C and SIGTERM from the first moment on, before the modules of a command are loaded: the first one stops in
 * order, a second Ctrl-C ends at once with 130.
 */
export function hearSignals(): Signals {
  let stop = (): void => process.exit(0)
  let asked = false
  const hangUp = (): void => {
    if (!asked) stop()
    asked = true
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked && signal === 'SIGINT') process.exit(130)
    hangUp()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    hangUp,
    stopBy(way) {
      stop = way
    },
  }
}
