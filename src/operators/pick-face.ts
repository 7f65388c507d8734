import { Observable } from 'rxjs'
import { z } from 'zod'
import { defineOperator } from '../core/define.js'
import { drive } from '../core/drive.js'
import { type Packet, withValue } from '../core/packet.js'
import { type Detection, type Detections, detectionsPort } from '../core/ports.js'
import { duration } from '../core/units.js'
import { byOrigin, telling } from './by-origin.js'

const options = z.strictObject({
  by: z.enum(['largest', 'score', 'centre']).default('largest').describe('which face, where there are several'),
  keepFor: duration().prefault('1s').describe('stays with the face it chose until that was gone so long'),
})

type Settings = { readonly by: 'largest' | 'score' | 'centre'; readonly keepFor: number }

const centre = ({ boxPx: [x, y, width, height] }: Detection): readonly [number, number] => [
  x + width / 2,
  y + height / 2,
]

function distance(a: Detection, b: Detection): number {
  const [ax, ay] = centre(a)
  const [bx, by] = centre(b)
  return Math.hypot(ax - bx, ay - by)
}

function rank(by: Settings['by'], face: Detection, sizePx: Detections['sizePx']): number {
  if (by === 'score') return face.score
  if (by === 'largest') return face.boxPx[2] * face.boxPx[3]
  const [x, y] = centre(face)
  return -Math.hypot(x - sizePx[0] / 2, y - sizePx[1] / 2)
}

/**
 * The face that was chosen, where it is there: by its number, where a tracker gave it one; else the one nearest to where it
 * was, within one and a half widths.
 */
function findAgain(last: Detection, found: Detections['found']): Detection | undefined {
  if (last.track !== undefined) return found.find(({ track }) => track === last.track)
  const reach = 1.5 * Math.max(last.boxPx[2], last.boxPx[3])
  const [same] = [...found].sort((a, b) => distance(a, last) - distance(b, last))
  return same !== undefined && distance(same, last) <= reach ? same : undefined
}

/**
 * Chooses one face and stays with it; another only when that has been gone for `keepFor`.
 *
 * @returns the face to look at, or null
 */
export function createPicker(settings: Settings): (detections: Detections, atMs: number) => Detection | null {
  let chosen: { readonly face: Detection; readonly seenAtMs: number } | null = null
  return (detections, atMs) => {
    const last = chosen
    if (last !== null) {
      const same = findAgain(last.face, detections.found)
      if (same !== undefined) {
        chosen = { face: same, seenAtMs: atMs }
        return same
      }
      if (atMs - last.seenAtMs < settings.keepFor) return null
    }
    const { sizePx } = detections
    const [best] = [...detections.found].sort((a, b) => rank(settings.by, b, sizePx) - rank(settings.by, a, sizePx))
    chosen = best === undefined ? null : { face: best, seenAtMs: atMs }
    return best ?? null
  }
}

/**
 * Chooses one face of those found, and stays with it.
 *
 *     in    -{ann,bob}-{}-{bob,ann}-
 *     out   -{ann}--------{ann}-----
 *
 * It is known again by its number, where `track` stands before; else by being near to where it was.
 *
 * Order stays; a picture without the face gives nothing (counted as `empty`). State is kept for each origin.
 *
 * @example
 * faces$.pipe(pickFace({ by: 'largest', keepFor: '1s' }))
 */
export const pickFace = defineOperator({
  name: 'pick-face',
  summary: 'Chooses one face of those found, and stays with it.',
  input: detectionsPort,
  output: detectionsPort,
  options,
  main: 'by',
  example: { by: 'largest', keepFor: '1s' },
  packets:
    (settings, { meter }) =>
    (source) =>
      new Observable((downstream) => {
        const pickers = byOrigin(() => createPicker(settings))
        drive(
          source,
          downstream,
          (packet: Packet<Detections>) => {
            const known = pickers(packet)
            const face = known.state(packet.value, packet.capturedAtMs)
            if (face === null) {
              known.untold += packet.lost
              meter.dropped('empty')
            } else downstream.next(withValue(telling(packet, known), { ...packet.value, found: [face] }))
          },
          () => {
            downstream.complete()
          },
        )
      }),
})
