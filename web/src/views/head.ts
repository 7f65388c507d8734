import type { RobotJson, RobotState } from '../../../src/core/wire.js'
import { element, setData, setText } from '../dom/element.js'
import { fitCanvas, type FittedCanvas } from '../dom/fit-canvas.js'
import { isStill } from '../dom/motion.js'
import { theme } from '../dom/theme.js'
import type { RobotTick } from '../live/live-data.js'
import type { Point } from '../logic/convex-hull.js'
import { count, degrees, fixed } from '../logic/format.js'
import { headLines, headOutline, type HeadView, type Stroke } from '../logic/head-lines.js'
import { runOf } from '../logic/page-state.js'
import { posesReused } from '../logic/poses-reused.js'
import { headSolid } from './head-solid.js'
import type { View } from './view.js'

/** What is drawn, in mm around the foot; both views share one scale. */
const frameMm = { width: 300, bottom: -6, top: 372 }

const stateWords: Readonly<Record<RobotState['state'], string>> = {
  waiting: 'waiting for the first target',
  following: 'following',
  holding: 'holding still: nothing new to follow',
  parking: 'going to rest',
  parked: 'at rest',
  stopped: 'stopped: nothing moves it before a reset',
}

/** The head from the front and from its right side: measured as a solid line, commanded dashed. */
export function head(): View {
  const state = element('span', { class: 'head-state' })
  const views = (['front', 'side'] as const).map((view) => {
    const canvas = element('canvas', {
      class: 'head-canvas',
      attributes: { role: 'img', 'aria-label': `Head, ${view}` },
    })
    return { view, canvas, fitted: fitCanvas(canvas) }
  })
  const names = [
    ...(['yaw', 'pitch', 'roll', 'rate', 'late p99', 'ticks skipped'] as const),
    ...(['poses reused', 'at limits', 'refused'] as const),
  ]
  const values = new Map(names.map((name) => [name, element('dd', { class: 'mono' })]))
  const numbers = element('dl', {
    class: 'head-numbers',
    children: names.map((name) =>
      element('div', { children: [element('dt', { text: name }), values.get(name) ?? element('dd')] }),
    ),
  })
  const solid = headSolid(atRest)
  const place = element('div', {
    class: 'head-views',
    children: [
      solid.element,
      ...views.map(({ canvas, view }) =>
        element('figure', { children: [canvas, element('figcaption', { text: view })] }),
      ),
    ],
  })
  const root = element('section', {
    class: 'head',
    attributes: { 'aria-label': 'Head' },
    children: [
      element('div', { class: 'row', children: [element('h2', { class: 'label', text: 'Head' }), state] }),
      place,
      numbers,
    ],
  })

  const show = (name: (typeof names)[number], text: string | null): void => {
    const value = values.get(name)
    if (value !== undefined) setText(value, text ?? '–')
  }
  let drawn: RobotTick | null = null
  let version = -1
  let drawnAtMs = 0

  return {
    element: root,
    update({ page, live }) {
      const run = runOf(page)
      const robot = run?.robot ?? null
      setText(state, robot === null ? '' : stateWords[robot.state])
      setData(state, 'state', robot?.state ?? null)
      const pose = (live.robot?.measured ?? robot?.measured)?.pose
      show('yaw', pose ? degrees(pose.yawRad) : null)
      show('pitch', pose ? degrees(pose.pitchRad) : null)
      show('roll', pose ? degrees(pose.rollRad) : null)
      show('rate', robot === null ? null : `${fixed(robot.rateHz, 1)} Hz`)
      show('late p99', robot?.lateness ? `${fixed(robot.lateness.p99, 1)} ms` : null)
      const counted = (name: string): string | null => (robot === null ? null : count(robot.counts[name] ?? 0))
      show('ticks skipped', counted('skippedTicks'))
      show('at limits', counted('projected'))
      show('refused', counted('refused'))
      const reused = posesReused(run?.memo ?? {})
      show('poses reused', reused === null ? null : `${fixed(100 * reused, 0)} %`)
    },
    frame({ live, nowMs }) {
      const tick = live.robot
      setData(place, 'solid', solid.ready ? '' : null)
      if (solid.ready) {
        solid.draw(tick, nowMs)
        return
      }
      const newest = views.reduce((sum, { fitted }) => sum + fitted.version, 0)
      if ((tick === drawn && newest === version) || nowMs - drawnAtMs < (isStill() ? 250 : 0)) return
      drawn = tick
      version = newest
      drawnAtMs = nowMs
      for (const { view, fitted } of views) drawHead(fitted, view, tick)
    },
  }
}

const atRest: RobotJson = {
  pose: { xM: 0, yM: 0, zM: 0, rollRad: 0, pitchRad: 0, yawRad: 0 },
  bodyYawRad: 0,
  antennasRad: [-0.17, 0.17],
}

function drawHead(fitted: FittedCanvas, view: HeadView, tick: RobotTick | null): void {
  fitted.draw((c, width, height) => {
    const colours = theme()
    const scale = Math.min(width / frameMm.width, height / (frameMm.top - frameMm.bottom))
    const x = (mm: number): number => width / 2 + mm * scale
    const y = (mm: number): number => height - (mm - frameMm.bottom) * scale
    const path = (points: readonly Point[], closed: boolean): Path2D => {
      const made = new Path2D()
      points.forEach(([px, py], i) => {
        if (i === 0) made.moveTo(x(px), y(py))
        else made.lineTo(x(px), y(py))
      })
      if (closed) made.closePath()
      return made
    }
    c.lineJoin = 'round'
    c.lineCap = 'round'
    c.strokeStyle = colours.muted
    c.lineWidth = 1
    c.stroke(
      path(
        [
          [-104, 0],
          [104, 0],
        ],
        false,
      ),
    )
    for (const stroke of headLines(tick?.measured ?? atRest, view))
      paint(c, stroke, path(stroke.points, stroke.closed), tick === null)
    if (tick === null) return
    const outline = headOutline(tick.measured, view)
    const commanded = headOutline(tick.commanded, view)
    if (distance(outline, commanded) * scale < 0.8) return
    c.setLineDash([3, 3])
    c.strokeStyle = colours.muted
    c.lineWidth = 1.25
    c.stroke(path(commanded, true))
    c.setLineDash([])
  })
}

function paint(c: CanvasRenderingContext2D, { part, filled }: Stroke, path: Path2D, unknown: boolean): void {
  const colours = theme()
  const fine = part === 'rod' || part === 'face'
  if (filled) {
    c.fillStyle = part === 'pupil' && !unknown ? colours.ink : colours.panel
    c.fill(path)
  }
  c.strokeStyle = fine || unknown ? colours.muted : colours.ink
  c.globalAlpha = part === 'face' ? 0.5 : part === 'rod' ? 0.75 : 1
  c.lineWidth = fine ? 1 : part === 'antenna' ? 2 : 1.6
  c.stroke(path)
  c.globalAlpha = 1
}

/** How far apart two outlines are, by their bounds. */
function distance(a: readonly Point[], b: readonly Point[]): number {
  const bounds = (points: readonly Point[]): number[] => {
    const xs = points.map((p) => p[0])
    const ys = points.map((p) => p[1])
    return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  }
  const other = bounds(b)
  return Math.max(...bounds(a).map((value, i) => Math.abs(value - (other[i] ?? value))))
}
