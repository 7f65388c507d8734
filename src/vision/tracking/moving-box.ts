import type { Detection } from '../../core/ports.js'
import { movingValue, type MovingValue } from './moving-value.js'

type Box = Detection['boxPx']

/** A box that moves: its middle and its size, each a number that moves. */
export type MovingBox = {
  /** As it was when it was last seen. */
  readonly boxPx: Box
  /** How its middle moves. */
  readonly velocityPxPerS: readonly [x: number, y: number]
  /** Where it is expected so many seconds after it was last seen. */
  readonly after: (dtS: number) => Box
  /** Seen again, so many seconds after it was last seen. */
  readonly seen: (boxPx: Box, dtS: number) => MovingBox
}

type Four = readonly [x: MovingValue, y: MovingValue, width: MovingValue, height: MovingValue]

/** A box that is seen for the first time. What moves along an axis is as uncertain as the box is long there. */
export function beginBox(boxPx: Box): MovingBox {
  const [scaleX, scaleY] = scalesOf(boxPx)
  const [x, y, width, height] = middleAndSize(boxPx)
  const { begin } = movingValue
  return boxOf(boxPx, [begin(x, scaleX), begin(y, scaleY), begin(width, scaleX), begin(height, scaleY)])
}

function boxOf(boxPx: Box, axes: Four): MovingBox {
  const [scaleX, scaleY] = scalesOf(boxPx)
  const scales = [scaleX, scaleY, scaleX, scaleY] as const
  return {
    boxPx,
    velocityPxPerS: [axes[0].perS, axes[1].perS],
    after: (dtS) => {
      const [x, y] = [axes[0].value + axes[0].perS * dtS, axes[1].value + axes[1].perS * dtS]
      const [width, height] = [sizeAfter(axes[2], dtS), sizeAfter(axes[3], dtS)]
      return [x - width / 2, y - height / 2, width, height]
    },
    seen: (again, dtS) => {
      const found = middleAndSize(again)
      const moved = (axis: 0 | 1 | 2 | 3): MovingValue =>
        movingValue.corrected(movingValue.after(axes[axis], dtS, scales[axis]), found[axis], scales[axis])
      return boxOf(again, [moved(0), moved(1), moved(2), moved(3)])
    },
  }
}

/** What shrank as it went is not nothing a second later, nor the whole picture what grew. */
function sizeAfter({ value, perS }: MovingValue, dtS: number): number {
  return Math.min(2 * value, Math.max(value / 2, value + perS * dtS))
}

function middleAndSize([x, y, width, height]: Box): readonly [number, number, number, number] {
  return [x + width / 2, y + height / 2, width, height]
}

/** A box without an area has noise, too. */
const scalesOf = ([, , width, height]: Box): readonly [number, number] => [Math.max(1, width), Math.max(1, height)]
