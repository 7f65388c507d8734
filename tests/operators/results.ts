/** What gives a result on a tick of the clock alone: a synchronous source cannot be stopped by it. */
export const byTheClock: ReadonlySet<string> = new Set(['sample', 'debounce'])

const packetsFor: Readonly<Record<string, number>> = { window: 100, batch: 50, 'measure-rate': 32 }

/** How many packets, at 30 a second or fewer, a result of the example of a stage takes. */
export const packetsForResult = (stage: string): number => packetsFor[stage] ?? 1
