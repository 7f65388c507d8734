/**
 * CPU time of work in batches, ns for each item, a sample a batch. It is the time of the whole process, collector included,
 * so that what else the machine does is not counted.
 */
export const cpuOf =
  (perform, size = 20_000) =>
  (forMs) => {
    const samples = []
    const untilMs = performance.now() + forMs
    while (performance.now() < untilMs) {
      const before = process.cpuUsage()
      perform(size)
      const { user, system } = process.cpuUsage(before)
      samples.push(((user + system) * 1000) / size)
    }
    return samples
  }

/** Bytes that an item leaves on the heap, a sample a batch; batches in which the collector had its turn are left out. */
export const heapOf =
  (perform, size = 1000) =>
  (forMs) => {
    const samples = []
    const untilMs = performance.now() + forMs
    while (performance.now() < untilMs) {
      const before = process.memoryUsage().heapUsed
      perform(size)
      const bytes = process.memoryUsage().heapUsed - before
      if (bytes >= 0) samples.push(bytes / size)
    }
    return samples
  }

/** How long trips there and back take, one at a time, in µs. */
export const timeOf = (trip) => async (forMs) => {
  const samples = []
  const untilMs = performance.now() + forMs
  for (let fromMs = performance.now(); fromMs < untilMs; fromMs = performance.now()) {
    await trip()
    samples.push((performance.now() - fromMs) * 1000)
  }
  return samples
}
