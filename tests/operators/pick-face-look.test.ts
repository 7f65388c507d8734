import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlacePx, ToldPlace } from '../../src/core/controls.js'
import type { Detection, Detections } from '../../src/core/ports.js'
import { createPicker, pickFace } from '../../src/operators/pick-face.js'
import { virtualRun } from '../../src/testing/index.js'
import { runs } from '../helpers/runs.js'

const sizePx = [1280, 720] as const
const settings = { by: 'largest', keepFor: 1000, lookFor: 3000 } as const
const face = (x: number, y: number, width: number): Detection => ({
  label: 'face',
  score: 0.9,
  boxPx: [x - width / 2, y - width / 2, width, width],
  keypointsPx: [],
})
const tell = (atPx: PlacePx): ToldPlace => ({ atPx, untilMs: null })
const centre = ({ boxPx: [x, y, width, height] }: Detection): readonly number[] => [x + width / 2, y + height / 2]
const seen = (...found: readonly Detection[]): Detections => ({ sizePx, found })

const ann = face(300, 300, 200)
const bob = face(900, 300, 100)

describe('pick-face, told where to look', () => {
  test('takes the face that lies there, stays with it, and after lookFor chooses by itself again', () => {
    const pick = createPicker(settings)
    expect(pick(seen(ann, bob), 0)).toBe(ann)
    const told = tell([910, 310])
    expect(pick(seen(ann, bob), 100, told)).toBe(bob)
    const moved = face(960, 300, 100)
    expect(pick(seen(ann, moved), 1000, told)).toBe(moved)
    expect(pick(seen(ann, moved), 3099, told)).toBe(moved)
    expect(pick(seen(ann, moved), 3100, told)).toBe(ann)
  })

  test('a new life of it goes on looking there, and for no longer', () => {
    const told = tell([900, 300])
    expect(createPicker(settings)(seen(ann, bob), 0, told)).toBe(bob)
    const next = createPicker(settings)
    expect(next(seen(ann, bob), 2999, told)).toBe(bob)
    expect(next(seen(ann, bob), 3000, told)).toBe(ann)
  })

  test('where no face lies it looks at the place, until one comes there', () => {
    const pick = createPicker(settings)
    const told = tell([600, 600])
    const place = pick(seen(ann, bob), 0, told)
    expect(place).toMatchObject({ label: 'place', boxPx: [564, 564, 72, 72] })
    const carol = face(620, 580, 90)
    expect(pick(seen(ann, bob, carol), 500, told)).toBe(carol)
    // She has gone: it waits for her as it does for any face, and then looks at the place again.
    expect(pick(seen(ann, bob), 1400, told)).toBeNull()
    expect(pick(seen(ann, bob), 1600, told)).toMatchObject({ label: 'place' })
    expect(pick(seen(), 3100, told)).toBeNull()
  })

  test('law: while it is told, it gives a face that was found or the place itself, within the picture; after that, as if never told', () => {
    const anyFace = fc
      .tuple(fc.integer({ min: 0, max: 1280 }), fc.integer({ min: 0, max: 720 }), fc.integer({ min: 20, max: 400 }))
      .map(([x, y, width]) => face(x, y, width))
    const anyPictures = fc.array(fc.array(anyFace, { maxLength: 4 }), { minLength: 1, maxLength: 20 })
    const anyPlace = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 3000 }))
    fc.assert(
      fc.property(anyPictures, anyPlace, fc.nat(19), (pictures, at, toldAt) => {
        const pick = createPicker({ ...settings, lookFor: 200 })
        const told = tell(at)
        const from = Math.min(toldAt, pictures.length - 1)
        let wasTold = false
        for (const [index, found] of pictures.entries()) {
          const picked = pick(seen(...found), index * 33, index < from ? null : told)
          const isTold = index >= from && (index - from) * 33 < 200
          if (index > from && !isTold && wasTold) expect(picked).toBe(createPicker(settings)(seen(...found), 0))
          wasTold = isTold
          if (picked === null) continue
          if (picked.label !== 'place') expect(found).toContain(picked)
          else {
            expect(isTold).toBe(true)
            expect(centre(picked)).toEqual([Math.min(at[0], 1280), Math.min(at[1], 720)])
          }
        }
      }),
      { numRuns: runs(500) },
    )
  })

  test('is told by the origin of the picture, and one origin is not told what is for another', () =>
    virtualRun(({ hot, expectPackets, clock, runtime }) => {
      const values = { a: seen(ann, bob) }
      const door = hot('-a---a--|', values)
      const room = hot('--a---a-|', values)
      expectPackets(door.pipe(pickFace({ by: 'largest' }))).toBe('-x---x--|', { x: seen(ann) })
      expectPackets(room.pipe(pickFace({ by: 'largest' }))).toBe('--x---y-|', { x: seen(ann), y: seen(bob) })
      clock.at(45, () => {
        for (const stage of ['pick-face', 'pick-face-2']) runtime.controls.look(stage, 'hot-2', [900, 300])
      })
    }))
})
