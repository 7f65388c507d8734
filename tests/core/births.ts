import type { Clock } from '../../src/core/clock.js'
import type { FrameGeometry, PixelFormat } from '../../src/core/frame.js'
import type { Meter } from '../../src/core/meter.js'
import { createPacket, type Origin, type Packet } from '../../src/core/packet.js'
import type { PictureShape } from '../../src/core/pool.js'
import { Runtime } from '../../src/core/runtime.js'
import type { How, StageContext } from '../../src/core/stage.js'
import { createVirtualClock, type VirtualClock } from '../../src/core/virtual-clock.js'

export const live: Origin = { name: 'camera', live: true }
export const recorded: Origin = { name: 'file', live: false }

/** A packet of a live stream unless told otherwise. */
export function packetOf<T>(value: T, facts: Partial<Omit<Packet<unknown>, 'value'>> = {}): Packet<T> {
  return createPacket({ origin: live, seq: 0, capturedAtMs: 0, stamp: { kind: 'synthetic' }, ...facts, value })
}

export function shapeOf(widthPx: number, heightPx: number, format: PixelFormat = 'gray'): PictureShape {
  const geometry: FrameGeometry = {
    sourceWidthPx: widthPx,
    sourceHeightPx: heightPx,
    scaleX: 1,
    scaleY: 1,
    offsetXPx: 0,
    offsetYPx: 0,
  }
  return { format, widthPx, heightPx, geometry }
}

export type VirtualParts = { readonly clock: VirtualClock; readonly runtime: Runtime }

/** A runtime on virtual time. `seen` may look at the work that is asked for, and change it. */
export function virtualRuntime(seen: (clock: VirtualClock) => Clock = (clock) => clock, seed?: number): VirtualParts {
  const clock = createVirtualClock()
  return { clock, runtime: new Runtime({ clock: seen(clock), ...(seed === undefined ? {} : { seed }) }) }
}

export function contextOf(runtime: Runtime, name: string, how: How = {}): StageContext {
  return { runtime, name, meter: runtime.meter(name), how }
}

/** All that went in is accounted for (E7); gives what is held. */
export function heldOf(meter: Meter): number {
  const { in: taken, out, dropped, merged, held } = meter.read(0)
  const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  if (taken !== out + gone + merged + held || held < 0)
    throw new Error(`not conserved: ${JSON.stringify(meter.read(0))}`)
  return held
}
