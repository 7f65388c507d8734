import { fileURLToPath } from 'node:url'
import type { Adapters } from '../../src/core/adapters.js'
import { quantileOf } from './quantile.js'
import { createPipeline, type Detections, type Packet, type Voice } from '../../src/index.js'
import type { ActuatorValue } from '../../src/sinks/actuator.js'

export type Followed = {
  readonly faces: readonly Packet<Detections>[]
  readonly voices: readonly Packet<Voice>[]
  readonly head: readonly Packet<ActuatorValue>[]
  readonly captured: number
  readonly state: string
  readonly events: readonly string[]
}

/** Runs pipelines/follow-face.yaml on a clip, on the virtual clock, and collects what it gives. */
export async function follow(camera: string, forMs: number, adapters?: Adapters): Promise<Followed> {
  const file = fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url))
  const run = await createPipeline(file, {
    set: { camera },
    clock: 'virtual',
    ...(adapters === undefined ? {} : { adapters }),
  })
  const faces: Packet<Detections>[] = []
  const voices: Packet<Voice>[] = []
  const head: Packet<ActuatorValue>[] = []
  const failed = (): void => undefined // the run tells
  run.tap('faces').subscribe({ next: (packet) => faces.push(packet as Packet<Detections>), error: failed })
  run.tap('speech').subscribe({ next: (packet) => voices.push(packet as Packet<Voice>), error: failed })
  run.tap('head').subscribe({ next: (packet) => head.push(packet as Packet<ActuatorValue>), error: failed })
  let captured = 0
  run.tap('room.video').subscribe({ next: () => captured++, error: failed })
  const ended = new Promise<void>((resolve) => {
    run.state$.subscribe({ complete: resolve })
  })
  await run.start({ forMs })
  await ended
  const { state, events, frames } = run.snapshot()
  if (frames.lent !== 0) throw new Error(`${String(frames.lent)} frames were not given back`)
  const within = head.filter(({ capturedAtMs }) => capturedAtMs < forMs)
  return { faces, voices, head: within, captured, state, events: events.map(({ text }) => text) }
}

/** Degrees between where a pose looks and a place in the picture: pinhole of 65°, camera at the head's origin. */
export function lookErrorDeg(
  pose: { yawRad: number; pitchRad: number },
  [x, y]: readonly [number, number],
  [w, h]: readonly [number, number],
): number {
  const focalPx = w / 2 / Math.tan((65 * Math.PI) / 360)
  const ray = [1, (w / 2 - x) / focalPx, (h / 2 - y) / focalPx] as const
  const length = Math.hypot(...ray)
  const look = [
    Math.cos(pose.pitchRad) * Math.cos(pose.yawRad),
    Math.cos(pose.pitchRad) * Math.sin(pose.yawRad),
    -Math.sin(pose.pitchRad),
  ] as const
  const dot = (look[0] * ray[0] + look[1] * ray[1] + look[2] * ray[2]) / length
  return (Math.acos(Math.min(1, dot)) * 180) / Math.PI
}

export { quantileOf }
