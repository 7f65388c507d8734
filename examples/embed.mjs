import { take } from 'rxjs'
import { runtime } from 'saccade'
import { detectFaces, queue } from 'saccade/operators'
import { media } from 'saccade/streams'

const faces$ = media('demo:demo.mp4').video$.pipe(queue('latest'), detectFaces({ minScore: 0.7 }), take(5))
await faces$.forEach(({ seq, value }) => {
  for (const { boxPx } of value.found) console.log(`frame ${seq}: a face at ${boxPx.map(Math.round).join(' ')}`)
})
await runtime.closed() // the decoder and the model's worker have ended
