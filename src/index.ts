export { z } from 'zod'
export type { Adapters } from './core/adapters.js'
export { optionsNow } from './core/changing.js'
export type { Clock } from './core/clock.js'
export {
  defineOperator,
  definePassing,
  defineSink,
  defineStream,
  type Operator,
  type PassingOperator,
  type SinkFactory,
  type StreamFactory,
} from './core/define.js'
export { type ErrorCode, SaccadeError } from './core/errors.js'
export { Frame, isCurrent, readCurrent, type SharedPixels } from './core/frame.js'
export { CountingGate, freeGate, type Gate } from './core/gate.js'
export { createPacket, mapValue, type Origin, type Packet, type Stamp, withValue } from './core/packet.js'
export {
  type Detection,
  type Detections,
  detectionsPort,
  joinedPort,
  type JointTarget,
  jointTargetPort,
  listPort,
  type MeasuredRate,
  type Pose,
  picturePort,
  posePort,
  ratePort,
  type RobotValue,
  robotPort,
  type Sound,
  soundPort,
  type Voice,
  voicePort,
} from './core/ports.js'
export { Runtime, runtime } from './core/runtime.js'
export { anyPort, definePort, type Port, type StageContext } from './core/stage.js'
export { angle, bytes, duration, length, rate, size } from './core/units.js'
export { createVirtualClock } from './core/virtual-clock.js'
export type { Command, Controls, PacketJson, Rights, RunEvent, RunState, StageState, StopKind } from './core/wire.js'
export {
  createPipeline,
  loadPlan,
  type PipelineOptions,
  PipelineRun,
  RefusedPipeline,
} from './engine/create-pipeline.js'
export type { Plan } from './engine/planned.js'
export type { Problem } from './engine/problem.js'
export { createRegistry } from './engine/registry.js'
export type { StopReport } from './engine/end-run.js'
export type { RunPhase } from './engine/run.js'
export type { MountOptions, ServeOptions } from './engine/serve.js'
export { movedAhead } from './vision/tracking/moved-ahead.js'
