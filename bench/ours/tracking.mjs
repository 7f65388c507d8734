// What BlazeFace finds in a clip, who is who in it, and where the head looks when a command leaves. Arguments: the clip, and the
// numbers that bench/tracking.mjs gives as JSON. The head's loop runs on the virtual clock, where the model takes a declared time.
import { Observable, take } from 'rxjs'
import { createPacket, createVirtualClock, defineOperator, detectionsPort, Runtime, runtime, z } from 'saccade'
import { deadBand, detectFaces, lookAt, pickFace, queue, smooth, solvePose, track } from 'saccade/operators'
import { reachyMini } from 'saccade/sinks'
import { media } from 'saccade/streams'

const [clip, words] = process.argv.slice(2)
const { seconds, periodMs, lostFor, costsMs } = JSON.parse(words)

const pictures = []
const most = Math.round((seconds * 1000) / periodMs)
const faces$ = media({ open: clip, pace: 'fast' }).video$.pipe(
  queue('block'),
  detectFaces({ minScore: 0.3 }),
  take(most),
)
await faces$.forEach(({ seq, value }) => {
  pictures.push({ seq, value })
})
await runtime.closed()

const origin = { name: 'camera', live: true }
const packetOf = ({ seq, value }) =>
  createPacket({ origin, seq, capturedAtMs: seq * periodMs, stamp: { kind: 'synthetic' }, value })

/** The numbers that things get, picture by picture. */
const tracked = []
new Observable((downstream) => {
  for (const picture of pictures) downstream.next(packetOf(picture))
})
  .pipe(track({ lostFor }))
  .subscribe(({ seq, value }) => tracked.push({ seq, found: value.found }))

/** Where the head looks at each tick, with a model that takes so long: what it aims at, and what it was told. */
async function follow(costMs, aim) {
  const clock = createVirtualClock()
  const own = new Runtime({ clock })
  const takesTime = defineOperator({
    name: 'takes-time',
    summary: 'Gives what was found as late as a model does.',
    input: detectionsPort,
    output: detectionsPort,
    options: z.strictObject({}),
    example: {},
    work: () => (value) =>
      new Observable((downstream) =>
        clock.at(clock.nowMs() + costMs, () => {
          downstream.next(value)
          downstream.complete()
        }),
      ),
  })
  const aims = new Map()
  const ticks = []
  const subscription = own.run(() => {
    const camera$ = new Observable((downstream) => {
      for (const picture of pictures)
        clock.at(picture.seq * periodMs, () => {
          downstream.next(packetOf(picture))
        })
    })
    const aimed$ = camera$.pipe(queue('latest'), takesTime(), track({ lostFor }), pickFace(), lookAt({ aim }))
    const noted$ = new Observable((downstream) =>
      aimed$.subscribe((packet) => {
        aims.set(packet.seq, packet.value)
        downstream.next(packet)
      }),
    )
    return noted$
      .pipe(smooth(), deadBand('0.5deg'), solvePose(), reachyMini('sim'))
      .subscribe(({ capturedAtMs, value: { causedBy, commanded, state } }) => {
        if (causedBy === null || state !== 'following') return
        ticks.push({ atMs: capturedAtMs, aimed: aims.get(causedBy.seq), commanded: commanded.pose })
      })
  })
  await clock.run(() => clock.nowMs() >= seconds * 1000)
  subscription.unsubscribe()
  return { costMs, aim, ticks }
}

const runs = []
for (const costMs of costsMs) for (const aim of ['capture', 'now']) runs.push(await follow(costMs, aim))
const boxes = pictures.map(({ seq, value: { found } }) => ({ seq, found }))
console.log(JSON.stringify({ boxes, tracked, runs }))
