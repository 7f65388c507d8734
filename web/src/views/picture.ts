import { readHeader, headerBytes, type BinaryHeader } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { fitCanvas } from '../dom/fit-canvas.js'
import { list } from '../logic/format.js'
import type { Size } from '../logic/look-place.js'
import { offersOf } from '../logic/offers.js'
import { drawFound } from './draw-found.js'
import { lookLayer } from './look-layer.js'
import type { View, World } from './view.js'

export type PictureView = View & {
  /** Takes a picture; one that comes before the last was shown takes its place. */
  offer(message: ArrayBuffer): void
  dispose(): void
}

type Ready = { readonly header: BinaryHeader; readonly bitmap: ImageBitmap; readonly beganAtMs: number }

/**
 * One camera: the picture untouched, what was found in it drawn over it on a layer of its own.
 *
 * At most one picture is being decoded and one waits, so that a slow page shows fewer and stays as late as one.
 */
export function picture(channel: { readonly index: number; readonly name: string }, world: World): PictureView {
  const canvas = element('canvas', { class: 'picture-image', attributes: { role: 'img' } })
  const screen = canvas.getContext('bitmaprenderer')
  const layer = element('canvas', { class: 'picture-layer', attributes: { 'aria-hidden': 'true' } })
  const overlay = fitCanvas(layer)
  const empty = element('p', { class: 'picture-empty', text: 'No picture yet' })
  const last = element('span', { class: 'picture-last', text: 'last picture' })
  const look = lookLayer(channel.name, world)
  const frame = element('div', { class: 'picture', children: [canvas, layer, empty, last, look.element] })

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
    const beganAtMs = performance.now()
    const header = readHeader(new DataView(bytes))
    createImageBitmap(new Blob([new Uint8Array(bytes, headerBytes)], { type: 'image/jpeg' }))
      .then((bitmap) => {
        if (disposed) bitmap.close()
        else ready = { header, bitmap, beganAtMs }
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
    update({ page, live, situation }) {
      const found = shown === null ? null : live.detections.at(channel.name, shown.seq)
      const labels = [...new Set(found?.found.map(({ label }) => label))]
      const what = labels.map((label) => `${String(found?.found.filter((f) => f.label === label).length)} ${label}`)
      canvas.setAttribute('aria-label', `Live picture from ${channel.name}${what.length > 0 ? `: ${list(what)}` : ''}`)
      setText(empty, situation.is === 'opening' ? 'The first picture follows' : 'No picture yet')
      empty.hidden = shown !== null
      last.hidden = shown === null || !situation.frozen
      setText(last, situation.is === 'paused' ? 'paused' : 'last picture')
      look.update(shown === null ? null : sourceOf(shown), offersOf(page).look.includes(channel.name))
    },
    frame({ live, shape, nowMs }) {
      if (ready !== null) {
        const { header, bitmap, beganAtMs } = ready
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
        // What waited for the decoder counts as the way here: a page that cannot follow is to get less.
        world.send({ type: 'ack', channel: header.channel, seq: header.seq, heldMs: performance.now() - beganAtMs })
        if (shape.figure === 'picture') {
          const capturedMs = live.clock.toPage(header.capturedAtMs)
          if (capturedMs !== null) live.age.renew(nowMs, Math.max(0, nowMs - capturedMs))
        }
        decode()
      }
      if (shown === null) return
      const state = `${String(shown.seq)} ${String(live.detections.version)} ${String(overlay.version)} ${look.state(nowMs)}`
      if (state === drawn) return
      drawn = state
      const found = live.detections.at(channel.name, shown.seq)
      overlay.draw((c, width, height) => {
        if (found !== null) drawFound(c, found, width, height)
        look.draw(c, width, height, nowMs)
      })
    },
  }
}

function sourceOf({ sourceWidthPx, sourceHeightPx }: BinaryHeader): Size {
  return { width: sourceWidthPx, height: sourceHeightPx }
}
