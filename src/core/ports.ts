import type { Frame } from './frame.js'
import { definePort } from './stage.js'

/** One chunk of sound: mono, −1..1. Its packet lasts from capturedAtMs to untilMs. */
export type Sound = { readonly sampleRateHz: number; readonly samples: Float32Array }

/** A value that may come from a memory (M3). */
export type Remembered = {
  /** How long ago it was made for the very same input, where it comes from a memory. */
  readonly knownForMs?: number
}

/** Things found in a picture, in px of the source's frame, origin at the top left. */
export type Detections = Remembered & {
  readonly sizePx: readonly [widthPx: number, heightPx: number]
  readonly found: readonly Detection[]
  /** Which model, version and provider found them (I3). */
  readonly by?: { readonly model: string; readonly version: string; readonly provider: string }
}

export type Detection = {
  readonly label: string
  /** 0 to 1. */
  readonly score: number
  readonly boxPx: readonly [xPx: number, yPx: number, widthPx: number, heightPx: number]
  readonly keypointsPx: readonly (readonly [xPx: number, yPx: number])[]
  /** 0 to 1, one for each keypoint, where the model tells them. */
  readonly keypointScores?: readonly number[]
  /** Which thing this is: one number for it in all pictures of a stream (`track`). */
  readonly track?: number
  /** How the middle of its box moves, by capture time (`track`). */
  readonly velocityPxPerS?: readonly [x: number, y: number]
}

/** Whether someone speaks. */
export type Voice = {
  readonly probability: number
  readonly speaking: boolean
  readonly by?: NonNullable<Detections['by']>
}

/** Head pose: metres and radians, x forward, y left, z up, origin at the neutral head; R = Rz(yaw)·Ry(pitch)·Rx(roll). */
export type Pose = {
  readonly xM: number
  readonly yM: number
  readonly zM: number
  readonly rollRad: number
  /** Positive looks down. */
  readonly pitchRad: number
  /** Positive turns left. */
  readonly yawRad: number
}

/** What a robot is to do, or was measured to do. */
export type RobotValue = {
  readonly pose: Pose
  readonly bodyYawRad: number
  readonly antennasRad: readonly [right: number, left: number]
}

/** Joint angles for a pose, or why there are none. */
export type JointTarget = RobotValue &
  Remembered & {
    /** [body yaw, stewart 1 to 6] in rad. Null where the pose cannot be reached. */
    readonly jointsRad: readonly number[] | null
    readonly reachable: boolean
  }

/** How regularly a stream comes, by its own capture times. */
export type MeasuredRate = {
  readonly hz: number
  /** Standard deviation of the time from one to the next. */
  readonly jitterMs: number
  /** The longest time from one to the next. */
  readonly longestMs: number
  /** Items of the stream that did not come, by the holes in their numbers. */
  readonly gaps: number
}

export const picturePort = definePort<Frame>('picture', 'a frame in shared memory', 'video')
export const soundPort = definePort<Sound>('sound', '20 ms of mono PCM', 'audio')
export const detectionsPort = definePort<Detections>(
  'detections',
  'boxes and keypoints in px of the source',
  'detections',
)
export const voicePort = definePort<Voice>('voice', 'how probable speech is', 'voice')
export const posePort = definePort<Pose>('pose', 'a head pose')
export const jointTargetPort = definePort<JointTarget>('joint-target', 'a head pose with its joints')
export const robotPort = definePort<RobotValue>('robot', 'what the robot does', 'robot')
export const ratePort = definePort<MeasuredRate>('rate', 'how regularly a stream comes')
export const listPort = definePort<readonly unknown[]>('list', 'the values of several packets, in order')
/** One item with what belongs to it in time, by the names of a join's inputs. A plan knows what its `fields` carry. */
export const joinedPort = definePort<Readonly<Record<string, unknown>>>(
  'joined',
  'an item with what belongs to it in time',
)
