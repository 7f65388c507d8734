import { onThemeChange } from './theme.js'

/** A canvas that is as sharp as the screen; `draw` works in CSS pixels. */
export type FittedCanvas = {
  readonly canvas: HTMLCanvasElement
  /** Grows when the size or the theme changed, and all is to be drawn anew. */
  readonly version: number
  readonly width: number
  readonly height: number
  draw(paint: (context: CanvasRenderingContext2D, width: number, height: number) => void): void
}

export function fitCanvas(canvas: HTMLCanvasElement): FittedCanvas {
  const context = canvas.getContext('2d')
  let [width, height, ratio, version] = [0, 0, 1, 0]
  new ResizeObserver(([entry]) => {
    if (entry === undefined) return
    ;({ width, height } = entry.contentRect)
    ratio = Math.min(2, devicePixelRatio)
    canvas.width = Math.max(1, Math.round(width * ratio))
    canvas.height = Math.max(1, Math.round(height * ratio))
    version++
  }).observe(canvas)
  onThemeChange(() => {
    version++
  })
  return {
    canvas,
    get version() {
      return version
    },
    get width() {
      return width
    },
    get height() {
      return height
    },
    draw(paint) {
      if (context === null || width < 1 || height < 1) return
      context.setTransform(ratio, 0, 0, ratio, 0, 0)
      context.clearRect(0, 0, width, height)
      paint(context, width, height)
    },
  }
}
