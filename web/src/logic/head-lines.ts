import type { RobotJson } from '../../../src/core/wire.js'
import { convexHull, type Point } from './convex-hull.js'
import {
  antennaLines,
  bodyMark,
  bodyRings,
  eyes,
  faceRing,
  headRings,
  placer,
  rodLines,
  type Vector,
} from './head-shape.js'

/** Where one looks from: `front` meets its gaze; `side` has it look to the right of the screen. */
export type HeadView = 'front' | 'side'

/** A line of the drawing in mm, x to the right, y up, the foot at the origin. Drawn in order; `filled` hides what is behind. */
export type Stroke = {
  readonly part: 'rod' | 'body' | 'head' | 'face' | 'eye' | 'pupil' | 'antenna'
  readonly points: readonly Point[]
  readonly closed: boolean
  readonly filled: boolean
}

/**
 * The head in a few lines, turned by its pose and seen square on, so that a turn shows as what is in front moving against what is
 * behind. Drawn where a browser has no WebGL.
 */
export function headLines(robot: RobotJson, view: HeadView): readonly Stroke[] {
  const place = placer(robot)
  const flat = (points: readonly Vector[]): Point[] => points.map((p) => project(place(p), view))
  const shape = (part: Stroke['part'], points: readonly Point[], filled: boolean): Stroke => ({
    part,
    points: convexHull(points),
    closed: true,
    filled,
  })
  const towards = (direction: Vector): number => {
    const [ax, ay] = place([0, 0, 0])
    const [bx, by] = place(direction)
    return view === 'front' ? bx - ax : ay - by
  }

  const faceSeen = towards([1, 0, 0]) > 0.03
  const eyeStrokes = eyes.map(({ rings, pupil, middle }) => ({
    near: towards(middle) > 0,
    strokes: [shape('eye', flat(rings.flat()), true), ...(faceSeen ? [shape('pupil', flat(pupil), true)] : [])],
  }))
  const antennas = antennaLines(robot).map((line): Stroke => ({
    part: 'antenna',
    points: flat(line),
    closed: false,
    filled: false,
  }))

  return [
    ...rodLines(robot).map((line): Stroke => ({
      part: 'rod',
      points: line.map((p) => project(p, view)),
      closed: false,
      filled: false,
    })),
    ...bodyLines(robot, view),
    ...eyeStrokes.filter(({ near }) => !near).flatMap(({ strokes }) => strokes),
    ...antennas,
    shape('head', flat(headRings.flat()), true),
    ...(faceSeen ? [shape('face', flat(faceRing), false)] : []),
    ...eyeStrokes.filter(({ near }) => near).flatMap(({ strokes }) => strokes),
  ]
}

/** Outline of the head alone: what is drawn dashed for the commanded pose. */
export function headOutline(robot: RobotJson, view: HeadView): readonly Point[] {
  return headLines(robot, view).find(({ part }) => part === 'head')?.points ?? []
}

/** The screen: facing the robot, its left is at the right; from its right side, forward is at the right. */
function project([x, y, z]: Vector, view: HeadView): Point {
  return view === 'front' ? [y, z] : [x, z]
}

function bodyLines(robot: RobotJson, view: HeadView): Stroke[] {
  const side = bodyRings.flatMap(([z, r]): Point[] => [
    [-r, z],
    [r, z],
  ])
  const yawRad = robot.bodyYawRad
  const seen = view === 'front' ? Math.cos(yawRad) > 0.05 : -Math.sin(yawRad) > -0.05
  const mark: Stroke = {
    part: 'face',
    points: bodyMark(robot).map((p) => project(p, view)),
    closed: false,
    filled: false,
  }
  return [{ part: 'body', points: convexHull(side), closed: true, filled: true }, ...(seen ? [mark] : [])]
}
