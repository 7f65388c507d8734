import { Observable } from 'rxjs'
import { z } from 'zod'
import type { PlacePx, ToldPlace } from '../core/controls.js'
import { defineOperator } from '../core/define.js'
import { drive } from '../core/drive.js'
import { type Packet, withValue } from '../core/packet.js'
import { type Detection, type Detections, detectionsPort } from '../core/ports.js'
import { duration } from '../core/units.js'
import { byOrigin, telling } from './by-origin.js'

const options = z.strictObject({
  by: z.enum(['largest', 'score', 'centre']).default('largest').describe('which face, where there are several'),
  keepFor: duration().prefault('1s').describe('stays with the face it chose until that was gone so long'),
  lookFor: duration().prefault('3s').describe('looks for so long where it was told to; then it chooses again'),
})

type Settings = z.output<typeof options>

const centre = ({ boxPx: [x, y, width, height] }: Detection): PlacePx => [x + width / 2, y + height / 2]

const apart = ([ax, ay]: PlacePx, [bx, by]: PlacePx): number => Math.hypot(ax - bx, ay - by)

function nearest(found: readonly Detection[], to: PlacePx): Detection | undefined {
  return [...found].sort((a, b) => apart(centre(a), to) - apart(centre(b), to))[0]
}

/** The face that lies at a place: the nearest of those whose box, half as large again, holds it. */
function faceAt(found: readonly Detection[], [x, y]: PlacePx): Detection | undefined {
  const there = found.filter((face) => {
    const [width, height] = [face.boxPx[2] * 0.75, face.boxPx[3] * 0.75]
    const [faceX, faceY] = centre(face)
    return Math.abs(x - faceX) <= width && Math.abs(y - faceY) <= height
  })
  return nearest(there, [x, y])
}

/** A place in the picture as something to look at: a tenth of the picture's shorter side around it. */
function placeAsTarget([x, y]: PlacePx, [width, height]: Detections['sizePx']): Detection {
  const side = Math.min(width, height) / 10
  const within = (at: number, most: number): number => Math.max(0, Math.min(most, at)) - side / 2
  return { label: 'place', score: 1, boxPx: [within(x, width), within(y, height), side, side], keypointsPx: [] }
}

function rank(by: Settings['by'], face: Detection, sizePx: Detections['sizePx']): number {
  if (by === 'score') return face.score
  if (by === 'largest') return face.boxPx[2] * face.boxPx[3]
  const [x, y] = centre(face)
  return -Math.hypot(x - sizePx[0] / 2, y - sizePx[1] / 2)
}

/**
/**
 * The face that was chosen, where it is there: by its number, where a tracker gave it one; else the one nearest to where it
 * was, within one and a half widths.
 */
function findAgain(last: Detection, found: readonly Detection[]): Detection | undefined {
  if (last.track !== undefined) return found.find(({ track }) => track === last.track)
  const reach = 1.5 * Math.max(last.boxPx[2], last.boxPx[3])
  const same = nearest(found, centre(last))
  return same !== undefined && apart(centre(same), centre(last)) <= reach ? same : undefined
}

/**
 * Chooses one face and stays with it; another only when that has been gone for `keepFor`. Told where to look, it chooses for
 * `lookFor` the face that lies there, else the place itself; afterwards it chooses anew.
 *
 * @returns what to look at, or null
 */
export function createPicker(
  settings: Settings,
): (detections: Detections, atMs: number, told?: ToldPlace | null) => Detection | null {
  let chosen: { readonly face: Detection; readonly seenAtMs: number } | null = null
  let looking: ToldPlace | null = null

  /** The face it was with, null while that is waited for. */
  const stay = (found: readonly Detection[], atMs: number): Detection | null | 'gone' => {
    if (chosen === null) return 'gone'
    const same = findAgain(chosen.face, found)
    if (same !== undefined) {
      chosen = { face: same, seenAtMs: atMs }
      return same
    }
    return atMs - chosen.seenAtMs < settings.keepFor ? null : 'gone'
  }

  return ({ found, sizePx }, atMs, told = null) => {
    if (told !== null) told.untilMs ??= atMs + settings.lookFor
    const wanted = told?.untilMs != null && atMs < told.untilMs ? told : null
    if (wanted !== looking) chosen = null
    looking = wanted
    const stayed = stay(found, atMs)
    if (stayed !== 'gone') return stayed
    const [best] = [...found].sort((a, b) => rank(settings.by, b, sizePx) - rank(settings.by, a, sizePx))
    const face = wanted === null ? best : faceAt(found, wanted.atPx)
    chosen = face === undefined ? null : { face, seenAtMs: atMs }
    return face ?? (wanted === null ? null : placeAsTarget(wanted.atPx, sizePx))
  }
}

/**
 * Chooses one face of those found, and stays with it.
 *
 *     in    -{ann,bob}-{}-{bob,ann}-
 *     out   -{ann}--------{ann}-----
 *
 * It is known again by its number, where `track` stands before; else by being near to where it was. Told where to look, it
 * gives for `lookFor` (by capture time) the face that lies there, else the place, labelled `place`.
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
  changeable: ['by', 'keepFor', 'lookFor'],
  main: 'by',
  example: { by: 'largest', keepFor: '1s' },
  looks: true,
  packets:
    (settings, { meter, name, runtime }) =>
    (source) =>
      new Observable((downstream) => {
        const pickers = byOrigin(() => createPicker(settings))
        drive(
          source,
          downstream,
          (packet: Packet<Detections>) => {
            const known = pickers(packet)
            const told = runtime.controls.placeFor(name, packet.origin.name)
            const face = known.state(packet.value, packet.capturedAtMs, told)
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
