import { element, setText } from '../dom/element.js'
import type { Point } from '../logic/convex-hull.js'
import { fitOf, lookPlace, movedCross, type Size } from '../logic/look-place.js'
import { boxColour, boxEdge } from './draw-found.js'
import type { World } from './view.js'

/** How long the place that was pointed at stays marked. */
const markedForMs = 4000

type Mark = { readonly at: Point; readonly fromMs: number; granted: boolean }

export type LookLayer = {
  readonly element: HTMLElement
  /** @param can whether the run takes it from this page */
  update(source: Size | null, can: boolean): void
  /** Changes when it is to be drawn anew. */
  state(nowMs: number): string
  draw(c: CanvasRenderingContext2D, width: number, height: number, nowMs: number): void
}

/** A click on the picture says where to look; by keyboard a cross is moved by the arrow keys, and Enter says it. */
export function lookLayer(channel: string, world: World): LookLayer {
  const told = element('span', { class: 'unseen', attributes: { role: 'status' } })
  const root = element('div', {
    class: 'look',
    attributes: {
      role: 'application',
      tabindex: '0',
      'aria-label': `Look here: arrow keys move a cross over ${channel}, Shift makes small steps, Enter looks there`,
    },
    children: [told],
  })
  root.hidden = true
  let source: Size | null = null
  let cross: Point | null = null
  let mark: Mark | null = null

  const ask = ([x, y]: Point): void => {
    const mine: Mark = { at: [x, y], fromMs: performance.now(), granted: false }
    mark = mine
    void world.ask({ do: 'look', channel, atPx: [Math.round(x), Math.round(y)] }).then((answer) => {
      if (answer.is === 'refused' && mark === mine) mark = null
      mine.granted = true
      setText(told, answer.is === 'done' ? 'It looks there' : '')
    })
  }
  root.addEventListener('click', (event) => {
    const { left, top, width, height } = root.getBoundingClientRect()
    const at =
      source === null ? null : lookPlace([event.clientX - left, event.clientY - top], source, { width, height })
    if (at !== null) ask(at)
  })
  root.addEventListener('keydown', (event) => {
    if (source === null) return
    const from = cross ?? [source.width / 2, source.height / 2]
    const moved = movedCross(from, event.key, event.shiftKey, source)
    if (moved === null && event.key !== 'Enter') return
    event.preventDefault()
    cross = moved ?? from
    if (moved === null) ask(cross)
    else setText(told, `${percent(cross[0], source.width)} across, ${percent(cross[1], source.height)} down`)
  })
  root.addEventListener('blur', () => {
    cross = null
  })

  return {
    element: root,
    update(now, can) {
      source = now
      root.hidden = !can || now === null
    },
    state(nowMs) {
      if (mark !== null && nowMs - mark.fromMs > markedForMs) mark = null
      return `${String(cross)} ${String(mark?.at)} ${String(mark?.granted)}`
    },
    draw(c, width, height) {
      if (source === null) return
      const { scale, left, top } = fitOf(source, { width, height })
      const place = ([x, y]: Point): Point => [left + x * scale, top + y * scale]
      if (cross !== null) stroke(c, crossPath(place(cross)), false)
      if (mark !== null) stroke(c, ringPath(place(mark.at)), !mark.granted)
    },
  }
}

function percent(part: number, whole: number): string {
  return `${String(Math.round((100 * part) / whole))} %`
}

function crossPath([x, y]: Point): Path2D {
  const path = new Path2D()
  for (const [dx, dy] of [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ] as const) {
    path.moveTo(x + dx * 4, y + dy * 4)
    path.lineTo(x + dx * 14, y + dy * 14)
  }
  return path
}

function ringPath([x, y]: Point): Path2D {
  const path = new Path2D()
  path.arc(x, y, 13, 0, 2 * Math.PI)
  path.moveTo(x + 2, y)
  path.arc(x, y, 2, 0, 2 * Math.PI)
  return path
}

function stroke(c: CanvasRenderingContext2D, path: Path2D, dashed: boolean): void {
  c.lineCap = 'round'
  for (const [colour, width] of [
    [boxEdge, 4],
    [boxColour, 2],
  ] as const) {
    c.setLineDash(dashed ? [4, 5] : [])
    c.strokeStyle = colour
    c.lineWidth = width
    c.stroke(path)
  }
  c.setLineDash([])
}
