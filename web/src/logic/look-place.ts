import type { Point } from './convex-hull.js'

export type Size = { readonly width: number; readonly height: number }

/** How a source lies in a frame that shows all of it, centred. */
export function fitOf(
  source: Size,
  frame: Size,
): { readonly scale: number; readonly left: number; readonly top: number } {
  const scale = Math.min(frame.width / source.width, frame.height / source.height)
  return { scale, left: (frame.width - source.width * scale) / 2, top: (frame.height - source.height * scale) / 2 }
}

/** Where in the source, in its px, a place of the frame lies; null beside the picture. */
export function lookPlace(at: Point, source: Size, frame: Size): Point | null {
  const { scale, left, top } = fitOf(source, frame)
  if (!(scale > 0)) return null
  const [x, y] = [(at[0] - left) / scale, (at[1] - top) / scale]
  return x < 0 || y < 0 || x > source.width || y > source.height ? null : [x, y]
}

/** Where an arrow key takes the cross: a twentieth of the picture, or with Shift a hundredth; null for other keys. */
export function movedCross(at: Point, key: string, fine: boolean, source: Size): Point | null {
  const step = source.width / (fine ? 100 : 20)
  const ways: Readonly<Record<string, Point>> = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, -step],
    ArrowDown: [0, step],
  }
  const way = ways[key]
  if (way === undefined) return null
  const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
  return [within(at[0] + way[0], source.width), within(at[1] + way[1], source.height)]
}
