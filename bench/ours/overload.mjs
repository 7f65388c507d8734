// 30 fps into 50 ms of work: through Saccade's queue into the simulated robot, and through a plain mergeMap beside it.
import { mergeMap, Observable, share, timer } from 'rxjs'
import { createPacket, defineOperator, definePort, jointTargetPort, runtime, z } from 'saccade'
import { queue } from 'saccade/operators'
import { reachyMini } from 'saccade/sinks'

const seconds = Number(process.argv[2] ?? 60)
const workMs = 50
const periodMs = 1000 / 30
const { clock, meters } = runtime.current
const origin = { name: 'camera', live: true }

const camera$ = new Observable((downstream) => {
  const startMs = clock.nowMs()
  let seq = 0
  let cancel = () => undefined
  const tick = () => {
    if (seq * periodMs >= seconds * 1000) return downstream.complete()
    const capturedAtMs = startMs + seq * periodMs
    downstream.next(createPacket({ origin, seq: seq++, capturedAtMs, stamp: { kind: 'synthetic' }, value: seq }))
    cancel = clock.at(startMs + seq * periodMs, tick)
  }
  cancel = clock.at(startMs, tick)
  return () => cancel()
}).pipe(share())

const numbers = definePort('number', 'a number')
const rest = {
  pose: { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0 },
  bodyYawRad: 0,
  antennasRad: [-0.1745, 0.1745],
}
const slow = defineOperator({
  name: 'slow',
  summary: 'Takes 50 ms for each.',
  input: numbers,
  output: jointTargetPort,
  options: z.strictObject({}),
  example: {},
  work: () => () =>
    new Promise((resolve) => setTimeout(() => resolve({ ...rest, jointsRad: null, reachable: true }), workMs)),
})

const ours = []
const plain = []
const reaction = []
const age = []
const startMs = clock.nowMs()
const results$ = camera$.pipe(queue('latest'), slow(), share())
results$.subscribe((packet) => ours.push([clock.nowMs() - startMs, clock.nowMs() - packet.capturedAtMs]))
let last = -1
const done = new Promise((resolve) => {
  results$.pipe(reachyMini({ robot: 'sim' })).subscribe({
    next: ({ value }) => {
      if (value.causedBy === null || value.state !== 'following') return
      age.push(value.ageMs)
      if (value.causedBy.seq !== last) reaction.push(value.ageMs)
      last = value.causedBy.seq
    },
    complete: resolve,
  })
})
const chain = camera$
  .pipe(mergeMap((packet) => timer(workMs).pipe(mergeMap(() => [packet])), 1))
  .subscribe((packet) => plain.push([clock.nowMs() - startMs, clock.nowMs() - packet.capturedAtMs]))
await done
chain.unsubscribe()
await runtime.closed()
const edge = meters.get('queue').read(clock.nowMs())
const counts = { in: edge.in, out: edge.out, dropped: edge.dropped.overflow ?? 0, held: edge.held }
console.log(JSON.stringify({ ours, plain, counts, reaction, age }))
process.exit(0)
