export { answersInAnyOrder } from './answers-in-any-order.js'
export { anyArrivals, type Arrival, type ArrivalOptions } from './any-arrivals.js'
export {
  anyGraph,
  costOf,
  endsOf,
  type Graph,
  type GraphOptions,
  graphText,
  type GraphStep,
  openGraph,
} from './any-graph.js'
export { anyDetections } from './any-detections.js'
export { anyMistake, anyOptions } from './any-options.js'
export { anyPacket } from './any-packet.js'
export { anyPicture } from './any-picture.js'
export { anyPipelineText } from './any-pipeline-text.js'
export { anyPose } from './any-pose.js'
export { anyJointTarget, anyRobotValue } from './any-robot-value.js'
export { anySchedule, type ScheduleOptions } from './any-schedule.js'
export { anySound } from './any-sound.js'
export { anyValue } from './any-value.js'
export { anyVoice } from './any-voice.js'
export { BrokenContract, conforms } from './conforms.js'
export type { ConformsOptions, Defined } from './exam.js'
export type { Marbles } from './marbles.js'
export { Picture, picture } from './picture.js'
export { Report } from './report.js'
export { type Ending, type Item, Schedule } from './schedule.js'
export { expectNoLeaks, tracedPool, tracePools } from './traced-pool.js'
export { type VirtualKit, virtualRun } from './virtual-run.js'
