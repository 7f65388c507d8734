// What packets cost in stages and edges of ours. Argument: what. Measures by turns: for how many ms is asked.
import { Subject } from 'rxjs'
import { Worker } from 'node:worker_threads'
import { createPacket, definePort, defineOperator, picturePort, Runtime, z } from '../../dist/index.js'
import { throughEdge } from '../../dist/core/through-edge.js'
import { queue } from '../../dist/operators/index.js'
import { cpuOf, heapOf, timeOf } from '../batches.mjs'
import { answerTurns } from '../turns.mjs'

const origin = { name: 'camera', live: true }
const stamp = { kind: 'synthetic' }
const gate = { open: true, hold: () => () => undefined }
let seq = 0
const born = (value) => {
  const capturedAtMs = seq + 0.5
  return { origin, seq: seq++, capturedAtMs, untilMs: null, stamp, lost: 0, epoch: 0, value, gate }
}

const runtime = new Runtime()
let sum = 0
const source$ = new Subject()
const take = ({ value }) => (sum += value)
const feed = (count) => {
  for (let n = 0; n < count; n++) source$.next(born(n))
}

const number = definePort('number', 'a number')
const steps = [(n) => n + 1, (n) => n * 2, (n) => n - 3, (n) => n ^ 5, (n) => n & 0xffff]
const stages = steps.map((step, index) =>
  defineOperator({
    ...{ name: `step-${index}`, summary: 'A step.', input: number, output: number, example: {} },
    options: z.strictObject({}),
    each: () => step,
  }),
)
const chain = () => runtime.run(() => source$.pipe(...stages.map((stage) => stage())))
const edges = (count) =>
  runtime.run(() => source$.pipe(...Array.from({ length: count }, () => queue({ whenFull: 'drop-oldest' }))))

/** The counters alone, and a clock that stands still: what an edge costs without its times. */
function counted() {
  const counts = { in: 0, out: 0, dropped: 0, merged: 0 }
  const meter = {
    took: () => counts.in++,
    gave: () => counts.out++,
    dropped: () => counts.dropped++,
    merged: () => counts.merged++,
    completed: () => undefined,
    failed: () => undefined,
  }
  const clock = { nowMs: () => 0 }
  return throughEdge(
    source$,
    { whenFull: 'drop-oldest', capacity: 10, maxAgeMs: null },
    { meter, runtime: { clock }, name: 'queue' },
  )
}

/** So many wait; for each that comes, one is taken. */
function backlog(depth) {
  let letGo = () => undefined
  runtime
    .run(() => source$.pipe(queue({ whenFull: 'fail', capacity: depth + 1 })))
    .subscribe((packet) => {
      sum += packet.value
      letGo = packet.gate.hold()
    })
  for (let n = 0; n <= depth; n++) source$.next(born(n))
  return (count) => {
    for (let n = 0; n < count; n++) {
      source$.next(born(n))
      letGo()
    }
  }
}

/** A frame of the pool through a queue and an asynchronous stage that asks a worker. */
function handle() {
  const worker = new Worker(new URL('../bare/overhead-worker.mjs', import.meta.url))
  let answered = () => undefined
  worker.on('message', (answer) => answered(answer.first))
  const ask = defineOperator({
    ...{ name: 'ask', summary: 'Asks a worker.', input: picturePort, output: number, example: {} },
    options: z.strictObject({}),
    work: () => (frame) =>
      new Promise((resolve) => {
        answered = resolve
        const { buffer, byteOffset, widthPx, heightPx } = frame.pixels
        worker.postMessage({ seq: seq++, buffer, byteOffset, widthPx, heightPx })
      }),
  })
  const size = { sourceWidthPx: 1280, sourceHeightPx: 720, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
  const shape = { format: 'yuv420p', widthPx: 1280, heightPx: 720, geometry: size }
  let arrived = () => undefined
  runtime.run(() => source$.pipe(queue('latest'), ask())).subscribe(() => arrived())
  return timeOf(
    () =>
      new Promise((resolve) => {
        arrived = resolve
        const frame = runtime.pool.lease(shape)
        source$.next(createPacket({ origin, seq: seq++, capturedAtMs: runtime.clock.nowMs(), stamp, value: frame }))
        frame.release()
      }),
  )
}

/** So many that the collector has its turns in each batch. */
const long = 100_000

const ways = {
  chain() {
    chain().subscribe(take)
    return cpuOf(feed)
  },
  'chain-bytes'() {
    chain().subscribe(take)
    return heapOf(feed)
  },
  counted() {
    counted().subscribe(take)
    return cpuOf(feed)
  },
  metered() {
    edges(1).subscribe(take)
    return cpuOf(feed)
  },
  'metered-bytes'() {
    edges(1).subscribe(take)
    return heapOf(feed)
  },
  five() {
    edges(5).subscribe(take)
    return cpuOf(feed)
  },
  backlog: () => cpuOf(backlog(20), long),
  'deep-backlog': () => cpuOf(backlog(20_000), long),
  handle,
}

answerTurns(ways[process.argv[2]]())
