/**
 * CPU time of work in batches that are long enough for the collector to have its turns; gives ns for each item, a sample a
 * batch, after a while of warming up. It is the time of the
 * whole process, collector included, so that what else the machine does is not counted.
 */
export function timeBatches(perform, { forMs, size = 100_000 }) {
  const samples = []
  const warmUntilMs = performance.now() + Math.min(300, forMs)
  while (performance.now() < warmUntilMs) perform(size)
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs) {
    const before = process.cpuUsage()
    perform(size)
    const { user, system } = process.cpuUsage(before)
    samples.push(((user + system) * 1000) / size)
  }
  return samples
}

/** Bytes that an item leaves on the heap, a sample a batch; batches in which rubbish was collected are left out. */
export function weighBatches(perform, { forMs, size = 1000 }) {
  const samples = []
  const warmUntilMs = performance.now() + Math.min(300, forMs)
  while (performance.now() < warmUntilMs) perform(size)
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs) {
    const before = process.memoryUsage().heapUsed
    perform(size)
    const bytes = process.memoryUsage().heapUsed - before
    if (bytes >= 0) samples.push(bytes / size)
  }
  return samples
}

/** Times trips there and back, one at a time; gives µs for each. */
export async function timeTrips(trip, { forMs }) {
  const samples = []
  for (let n = 0; n < 500; n++) await trip()
  const untilMs = performance.now() + forMs
  for (let fromMs = performance.now(); fromMs < untilMs; fromMs = performance.now()) {
    await trip()
    samples.push((performance.now() - fromMs) * 1000)
  }
  return samples
}
