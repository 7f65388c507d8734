// What the same costs with nothing of ours: plain calls, a Subject, RxJS chains, a ring, a handle on shared memory.
// Argument: what. Measures by turns: for how many ms is asked.
import { map, Subject } from 'rxjs'
import { Worker } from 'node:worker_threads'
import { cpuOf, heapOf, timeOf } from '../batches.mjs'
import { answerTurns } from '../turns.mjs'

const origin = { name: 'camera', live: true }
const stamp = { kind: 'synthetic' }
const gate = { open: true, hold: () => () => undefined }
let seq = 0
/** A packet is born: in every run here and in ours. */
const born = (value) => {
  const capturedAtMs = seq + 0.5
  return { origin, seq: seq++, capturedAtMs, untilMs: null, stamp, lost: 0, epoch: 0, value, gate }
}
const copied = ({ origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, gate }, value) => {
  return { origin, seq, capturedAtMs, untilMs, stamp, lost, epoch, value, gate }
}
const steps = [(n) => n + 1, (n) => n * 2, (n) => n - 3, (n) => n ^ 5, (n) => n & 0xffff]

let sum = 0
const source$ = new Subject()
const take = ({ value }) => (sum += value)
const feed = (count) => {
  for (let n = 0; n < count; n++) source$.next(born(n))
}

function ring(depth) {
  const entries = new Array(depth + 1)
  let [first, count] = [0, 0]
  const push = (packet) => {
    entries[(first + count) % entries.length] = packet
    count++
  }
  const shift = () => {
    const packet = entries[first]
    entries[first] = undefined
    first = (first + 1) % entries.length
    count--
    return packet
  }
  for (let n = 0; n < depth; n++) push(born(n))
  source$.subscribe((packet) => {
    push(packet)
    take(shift())
  })
  return feed
}

function handle() {
  const worker = new Worker(new URL('./overhead-worker.mjs', import.meta.url))
  const buffer = new SharedArrayBuffer(1280 * 720 * 1.5)
  let arrived = () => undefined
  worker.on('message', (answer) => arrived(answer))
  return timeOf(
    () =>
      new Promise((resolve) => {
        arrived = resolve
        worker.postMessage({ seq: seq++, buffer, byteOffset: 0, widthPx: 1280, heightPx: 720 })
      }),
  )
}

/** So many that the collector has its turns in each batch. */
const long = 100_000

const ways = {
  calls() {
    return cpuOf((count) => {
      for (let n = 0; n < count; n++) {
        const packet = born(n)
        take(copied(packet, steps[4](steps[3](steps[2](steps[1](steps[0](packet.value)))))))
      }
    })
  },
  subject() {
    source$.subscribe(take)
    return cpuOf(feed)
  },
  'subject-bytes'() {
    source$.subscribe(take)
    return heapOf(feed)
  },
  maps() {
    source$.pipe(...steps.map((step) => map((packet) => copied(packet, step(packet.value))))).subscribe(take)
    return cpuOf(feed)
  },
  'maps-bytes'() {
    source$.pipe(...steps.map((step) => map((packet) => copied(packet, step(packet.value))))).subscribe(take)
    return heapOf(feed)
  },
  ring: () => cpuOf(ring(20), long),
  'deep-ring': () => cpuOf(ring(20_000), long),
  handle,
}

answerTurns(ways[process.argv[2]]())
