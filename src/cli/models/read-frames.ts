import { lastValueFrom, map, take, toArray } from 'rxjs'
import type { SharedPixels } from '../../core/frame.js'
import { Runtime } from '../../core/runtime.js'
import type { SizePx } from '../../core/units.js'
import { throttle } from '../../operators/throttle.js'
import { media } from '../../streams/media.js'

/**
 * Pictures of a medium, ten for each second of it, scaled by the decoder as for a model of that size; fewer where it ends before.
 *
 * @throws SaccadeError `medium`, `missing` … as a run would
 */
export async function readFrames(address: string, most: number, fitPx: SizePx): Promise<readonly SharedPixels[]> {
  const runtime = new Runtime()
  const wish = { picture: { formats: ['yuv420p', 'rgb24'], fitPx } } as const
  const frames$ = runtime.run(() => media({ open: address, pace: 'fast' }, wish).video$.pipe(throttle('10fps')))
  try {
    return await lastValueFrom(
      frames$.pipe(
        map(({ value }) => value.own().pixels),
        take(most),
        toArray(),
      ),
    )
  } finally {
    await runtime.closed()
  }
}
