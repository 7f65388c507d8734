import { readHeader, headerBytes, type BinaryHeader, type ClientMessage } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { fitCanvas } from '../dom/fit-canvas.js'
import type { Detections, Found } from '../live/detections-of.js'
import { list } from '../logic/format.js'
import type { View } from './view.js'

export type PictureView = View & {
  /** Takes a picture; one that comes before the last was shown takes its place. */
  offer(message: ArrayBuffer): void
  dispose(): void
}

type Ready = { readonly header: BinaryHeader; readonly bitmap: ImageBitmap }

/** Reads well on any picture, in both themes, as it has a dark edge. */
const boxColour = '#57d0c5'
const boxEdge = 'rgba(8, 12, 16, 0.55)'

/**
 * One camera: the picture untouched, what was found in it drawn over it on a layer of its own.
 *
 * At most one picture is being decoded and one waits, so that a slow page shows fewer and stays as late as one.
 */
export function picture(
  channel: { readonly index: number; readonly name: string },
  send: (m: ClientMessage) => void,
): PictureView {
  const canvas = element('canvas', { class: 'picture-image', attributes: { role: 'img' } })
  const screen = canvas.getContext('bitmaprenderer')
  const layer = element('canvas', { class: 'picture-layer', attributes: { 'aria-hidden': 'true' } })
  const overlay = fitCanvas(layer)
  const empty = element('p', { class: 'picture-empty', text: 'No picture yet' })
  const last = element('span', { class: 'picture-last', text: 'last picture' })
  const frame = element('div', { class: 'picture', children: [canvas, layer, empty, last] })

  let waiting: ArrayBuffer | null = null
  let decoding = false
  let ready: Ready | null = null
  let shown: BinaryHeader | null = null
  let drawn = ''
  let disposed = false

  const decode = (): void => {
    const bytes = waiting
    if (decoding || bytes === null || ready !== null) return
    waiting = null
    decoding = true
    const header = readHeader(new DataView(bytes))
    createImageBitmap(new Blob([new Uint8Array(bytes, headerBytes)], { type: 'image/jpeg' }))
      .then((bitmap) => {
        if (disposed) bitmap.close()
        else ready = { header, bitmap }
      })
      .catch(() => {
        // A picture that cannot be decoded is not shown and not acknowledged; the next one may do.
      })
      .finally(() => {
        decoding = false
        decode()
      })
  }

  return {
    element: frame,
    offer(message) {
      waiting = message
      decode()
    },
    dispose() {
      disposed = true
      ready?.bitmap.close()
    },
    update({ live, situation }) {
      const found = shown === null ? null : live.detections.at(channel.name, shown.seq)
      const labels = [...new Set(found?.found.map(({ label }) => label))]
      const what = labels.map((label) => `${String(found?.found.filter((f) => f.label === label).length)} ${label}`)
      canvas.setAttribute('aria-label', `Live picture from ${channel.name}${what.length > 0 ? `: ${list(what)}` : ''}`)
      setText(empty, situation.is === 'opening' ? 'The first picture follows' : 'No picture yet')
      empty.hidden = shown !== null
      last.hidden = shown === null || !situation.frozen
    },
    frame({ live, shape, nowMs }) {
      if (ready !== null) {
        const { header, bitmap } = ready
        ready = null
        const { width, height } = bitmap
        if (
          shown === null ||
          shown.sourceWidthPx !== header.sourceWidthPx ||
          shown.sourceHeightPx !== header.sourceHeightPx
        ) {
          frame.style.aspectRatio = `${String(header.sourceWidthPx || width)} / ${String(header.sourceHeightPx || height)}`
        }
        // Chromium lays a canvas out by these, not by the bitmap that it was given.
        if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
        screen?.transferFromImageBitmap(bitmap)
        shown = header
        send({ type: 'ack', channel: header.channel, seq: header.seq })
        if (shape.figure === 'picture') {
          const capturedMs = live.clock.toPage(header.capturedAtMs)
          if (capturedMs !== null) live.age.add(nowMs, Math.max(0, nowMs - capturedMs))
        }
        decode()
      }
      if (shown === null) return
      const state = `${String(shown.seq)} ${String(live.detections.version)} ${String(overlay.version)}`
      if (state === drawn) return
      drawn = state
      const found = live.detections.at(channel.name, shown.seq)
      overlay.draw((c, width, height) => {
        if (found !== null) drawFound(c, found, width, height)
      })
    },
  }
}

function drawFound(c: CanvasRenderingContext2D, { sizePx, found }: Detections, width: number, height: number): void {
  const scale = Math.min(width / sizePx[0], height / sizePx[1])
  const [left, top] = [(width - sizePx[0] * scale) / 2, (height - sizePx[1] * scale) / 2]
  found.forEach((one, i) => {
    const [bx, by, bw, bh] = one.boxPx
    const box = { x: left + bx * scale, y: top + by * scale, w: bw * scale, h: bh * scale }
    const path = corners(box)
    c.lineCap = 'round'
    c.lineJoin = 'round'
    c.strokeStyle = boxEdge
    c.lineWidth = 4
    c.stroke(path)
    c.strokeStyle = boxColour
    c.lineWidth = 2
    c.stroke(path)
    for (const [kx, ky] of one.keypointsPx) {
      dot(c, left + kx * scale, top + ky * scale, 3.5, boxEdge)
      dot(c, left + kx * scale, top + ky * scale, 2.5, boxColour)
    }
    label(c, one, found.length > 1 ? i + 1 : null, box, width)
  })
}

type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number }

/** Corners instead of a cage, so that the face stays free. */
function corners({ x, y, w, h }: Box): Path2D {
  const arm = Math.max(6, Math.min(18, Math.min(w, h) * 0.22))
  const path = new Path2D()
  for (const [cx, cy, sx, sy] of [
    [x, y, 1, 1],
    [x + w, y, -1, 1],
    [x + w, y + h, -1, -1],
    [x, y + h, 1, -1],
  ] as const) {
    path.moveTo(cx + sx * arm, cy)
    path.lineTo(cx, cy)
    path.lineTo(cx, cy + sy * arm)
  }
  return path
}

function dot(c: CanvasRenderingContext2D, x: number, y: number, r: number, colour: string): void {
  c.fillStyle = colour
  c.beginPath()
  c.arc(x, y, r, 0, 2 * Math.PI)
  c.fill()
}

function label(c: CanvasRenderingContext2D, one: Found, number: number | null, box: Box, width: number): void {
  const small = width < 480
  c.font = `${small ? '11' : '12'}px Inter, system-ui, sans-serif`
  const id = one.track ?? number
  const text = `${one.label}${id === null ? '' : ` ${String(id)}`}  ${one.score.toFixed(2)}`
  const [wide, high] = [c.measureText(text).width + 12, small ? 16 : 19]
  const right = box.x + box.w + 8
  const x =
    right + wide < width ? right : box.x - 8 - wide > 0 ? box.x - 8 - wide : Math.max(0, Math.min(box.x, width - wide))
  const y = Math.max(0, x === right || x < box.x - 8 ? box.y - 1 : box.y - high - 6)
  c.fillStyle = 'rgba(12, 15, 19, 0.78)'
  c.beginPath()
  c.roundRect(x, y, wide, high, 3)
  c.fill()
  c.fillStyle = '#e8edf3'
  c.textBaseline = 'middle'
  c.fillText(text, x + 6, y + high / 2 + 0.5)
  c.textBaseline = 'alphabetic'
}
