import type { StampKind } from './packet.js'

/**
 * What goes over a run's socket, for both ends. Text messages are JSON with a `type`; pictures and sound are binary:
 * a header of 32 bytes, little endian, then the payload (a JPEG; or PCM of 16 bits, mono).
 */
export const protocolVersion = 2

/** p50/p95/p99 in ms over the last seconds; `last` where the newest value matters. */
export type Spread = { readonly p50: number; readonly p95: number; readonly p99: number; readonly n: number }

/** A stage or an edge, as `/state.json` tells it: in = out + dropped + merged + held, at every instant (E7). */
export type StageState = {
  readonly in: number
  readonly out: number
  readonly dropped: Readonly<Record<string, number>>
  readonly merged: number
  readonly held: number
  /** Results in the last second. */
  readonly perSecond: number
  /**
   * From taking an item to giving its result. Null before the first; and where synchronous stages run as one, the last of
   * them tells how long all took, and the others tell null. `n` says how many were timed: of synchronous stages, all of the
   * first two thousand in a second and one in sixteen of the rest.
   */
  readonly latencyMs: Spread | null
  /** From capture to the result (delay, T5). Null where `latencyMs` is. */
  readonly ageMs: Spread | null
  /** `failed` and `restarting` carry the error in words; `stopped`: nobody listens to it any more. */
  readonly state: 'idle' | 'running' | 'restarting' | 'completed' | 'failed' | 'stopped'
  readonly error?: string
  /** How often it was built anew after an error (S3). */
  readonly restarts: number
  /** Of an entry: the stages that failed upstream, for want of which it gets less or nothing (S4). Absent where there are none. */
  readonly starvedBy?: readonly string[]
}

export type PoseJson = {
  readonly xM: number
  readonly yM: number
  readonly zM: number
  readonly rollRad: number
  readonly pitchRad: number
  readonly yawRad: number
}

export type RobotJson = {
  readonly pose: PoseJson
  readonly bodyYawRad: number
  readonly antennasRad: readonly [number, number]
}

/** What the actuator tells of itself. */
export type RobotState = {
  /** The sink's name in the file. */
  readonly name: string
  readonly kind: 'sim'
  /** `stopped`: by software, until it is reset (A5). */
  readonly state: 'waiting' | 'following' | 'holding' | 'parking' | 'parked' | 'stopped'
  /** What it was stopped by; absent while it is not. */
  readonly stop?: StopKind
  readonly rateHz: number
  readonly measured: RobotJson
  readonly commanded: RobotJson
  /** Age of the data behind the last command (T5), null before the first. */
  readonly ageMs: number | null
  readonly ages: Spread | null
  /** Capture → first command that used it. */
  readonly reactions: Spread | null
  /** How late ticks came. */
  readonly lateness: Spread | null
  /** What the age rests on: `medium`, `device`, `arrival` …; `arrival` is shown as "at least". */
  readonly stamp: string | null
  /** Where the age comes from, p50 in ms, in order. */
  readonly parts: readonly { readonly name: string; readonly ms: number }[]
  readonly counts: Readonly<Record<string, number>>
}

/** The model of a stage. */
export type ModelState = {
  readonly model: string
  readonly version: string
  /** What runs it: `cpu`; `none` before it is loaded. */
  readonly provider: string
  /** `resting`: it was let go of, as no run was asked for in its `idle` time; the next run loads it anew. */
  readonly state: 'loading' | 'ready' | 'resting' | 'failed' | 'closed'
  /** How many workers have it loaded now, and how many workers there are for all models. */
  readonly sessions: number
  readonly workers: number
  /** Runs that hung and were given up. */
  readonly hung: number
  /** How often it was loaded anew after it rested, and how long the last run waited for that. */
  readonly reloads: number
  readonly reloadMs: number | null
}

/** A line of `expect`, measured (D1). `measuredMs` is null before the window has anything in it. */
export type ExpectState = {
  readonly from: string
  readonly to: string
  readonly figure: 'reaction' | 'delay' | 'age'
  readonly limitMs: number
  readonly at: string
  readonly overMs: number
  readonly measuredMs: number | null
  readonly holds: boolean | null
  /** The stage that took longest, where it does not hold. */
  readonly because?: string
}

export type RunEvent = {
  /** On the run's clock. */
  readonly atMs: number
  readonly level: 'info' | 'warning' | 'error'
  readonly text: string
}

/** Of a stream that opens `browser:`: what it waits for, or takes. */
export type CameraState = {
  readonly stream: string
  readonly video: boolean
  readonly audio: boolean
  /** The browser that gives them, as it calls itself; null while none does. */
  readonly from: string | null
  /** The run's clock less the browser's, and by how much that may be wrong (P2); null before it is known. */
  readonly offsetMs: number | null
  readonly uncertaintyMs: number | null
  /** What it sent and could not be used, by reason. */
  readonly dropped: Readonly<Record<string, number>>
}

/** The body of the `telemetry` message, and of `/state.json`, which adds `viewers`: all that the page knows. */
export type RunState = {
  readonly state: 'planning' | 'opening' | 'running' | 'paused' | 'draining' | 'stopped' | 'failed'
  readonly name: string
  readonly file: string
  /** The run's clock. */
  readonly nowMs: number
  /** Since it is running. */
  readonly runningForMs: number
  readonly stages: Readonly<Record<string, StageState>>
  readonly robot: RobotState | null
  readonly memo: Readonly<
    Record<string, { readonly hits: number; readonly misses: number; readonly evictions: number }>
  >
  /** By stage: `faces/detect-faces`. Absent where none runs a model. */
  readonly models?: Readonly<Record<string, ModelState>>
  readonly expect: readonly ExpectState[]
  readonly clients: number
  /** Absent where no stream opens `browser:`. */
  readonly camera?: CameraState
  readonly frames: {
    readonly lent: number
    readonly free: number
    readonly pastBound: number
    readonly forgotten: number
  }
  /** The newest last, at most 50. */
  readonly events: readonly RunEvent[]
}

/** A stage of a pipe: what it does, and what it is set to. */
export type StepJson = {
  /** `faces/detect-faces`: its key in `stages` of the state. */
  readonly key: string
  readonly stage: string
  readonly summary: string
  /** As one writes them, with units, defaults filled in; passwords and the like are left out. */
  readonly options: Readonly<Record<string, unknown>>
  /** Put there by the plan, not written. */
  readonly inserted?: boolean
}

/** What one client got and did not get, in `/state.json`: offered = got + dropped + waiting, exactly. */
export type ViewerState = {
  readonly pictures: number
  readonly sounds: number
  readonly packets: number
  readonly bytes: number
  /** `overflow`: of its full windows; `pace`: its link or itself took no more; `gone`: it waited when the client went. */
  readonly dropped: { readonly overflow: number; readonly pace: number; readonly gone: number }
  readonly waiting: number
  /** Of the steps of quality and rate, 0 the best. */
  readonly step: number
}

/** What all clients got, those that have gone too, and each that is there. */
export type ViewersState = { readonly all: Omit<ViewerState, 'step'>; readonly each: readonly ViewerState[] }

export type GraphJson = {
  readonly nodes: readonly {
    readonly name: string
    readonly kind: 'stream' | 'operator' | 'sink'
    /** The stages of its pipe in order, with the queue that the plan put there. */
    readonly stages: readonly string[]
    /** The same, each with what it does and is set to. */
    readonly steps?: readonly StepJson[]
    /** How one of these is run, where that was written: `{ 'faces/detect-faces': 'concurrency 4, timeout 2s' }`. */
    readonly how?: Readonly<Record<string, string>>
  }[]
  readonly edges: readonly {
    /** `room.video`, `faces` … */
    readonly from: string
    readonly to: string
    /** `latest`, `drop-oldest 10` …; absent where nothing waits. */
    readonly queue?: string
    /** Which key of `stages` counts this queue, or what a join keeps of this input. */
    readonly stage?: string
    /** What a join calls it. */
    readonly input?: string
    /** How a join takes from it: `interpolate 100ms`; absent for its anchor. */
    readonly taken?: string
    /** It leads from a sink back to a join, which samples it; drawn dashed. */
    readonly sampled?: boolean
  }[]
}

/** `/config.json`: the file that runs, and what `saccade check` says of it. */
export type ConfigJson = {
  readonly file: string
  /** As written, without passwords and the like. */
  readonly text: string
  readonly checked: string
}

export type ChannelKind = 'video' | 'audio' | 'detections' | 'voice' | 'robot' | 'data'

/** How a payload is written: a picture as `jpeg`; sound as one of the others, each at the rate that its header tells. */
export type Codec = 'jpeg' | 'pcm' | 'opus' | 'mulaw' | 'alaw'
export const codecs: readonly Codec[] = ['jpeg', 'pcm', 'opus', 'mulaw', 'alaw']

export type ChannelInfo = {
  readonly name: string
  readonly kind: ChannelKind
  /** What a client may ask for, the first unless it asks; absent where packets go as JSON. */
  readonly codecs?: readonly Codec[]
}

/** W6: what this client may do. Who may not view gets no socket at all. */
export type Rights = { readonly control: boolean; readonly stop: boolean }

/** What of this run can be controlled, by name; the page offers just that. */
export type Controls = {
  readonly pause: boolean
  /** Channels of pictures on which a click says where to look. */
  readonly look: readonly string[]
  /** Actuators with a software stop, and the kinds of it, the usual one first. */
  readonly stop: readonly { readonly name: string; readonly kinds: readonly StopKind[] }[]
  /** Options that may be changed while it runs, with their JSON schema. */
  readonly options: readonly {
    readonly stage: string
    readonly option: string
    readonly value: unknown
    readonly schema: unknown
  }[]
}

/** A5: what an actuator does when it is stopped by software. */
export type StopKind = 'hold' | 'park' | 'torque-off'

/** First message of the server. */
export type Hello = {
  readonly type: 'hello'
  readonly protocol: number
  /** Another one each time a run starts: a client that comes back knows by it that all began anew. */
  readonly run: string
  readonly graph: GraphJson
  /** In the order of the channel number in binary headers. */
  readonly channels: readonly ChannelInfo[]
  readonly rights: Rights
  readonly controls: Controls
  /** Whether some stream waits for a browser's camera or microphone: then `/camera` takes one. */
  readonly camera: { readonly video: boolean; readonly audio: boolean } | null
}

/** The whole state: first of all, and again where changes could not be told. */
export type Telemetry = { readonly type: 'telemetry' } & RunState

/**
 * What changed of the state since it was last told (W5), ten times a second while something does. `set` has the shape of the
 * state and only what is new or another, lists whole; `gone` names what is no more, by the keys on the way to it.
 */
export type StateChanges = {
  readonly type: 'changes'
  readonly set: Readonly<Record<string, unknown>>
  readonly gone: readonly (readonly string[])[]
}

/** A packet as JSON: the line that `--tap` prints. */
export type PacketJson = {
  readonly tap: string
  readonly origin: string
  readonly seq: number
  readonly capturedAtMs: number
  readonly stamp: string
  readonly ageMs: number
  readonly lost: number
  readonly value: unknown
}

/** Results, batched (W5): the packets of some milliseconds in order of arrival. */
export type DataBatch = { readonly type: 'data'; readonly packets: readonly PacketJson[] }

/** Something was lost on the way to this client (W3). */
export type LossNotice = { readonly type: 'lost'; readonly channel: string; readonly count: number }

/** Answer to `time`: the run's clock, to tell the offset and the round trip by. */
export type TimeAnswer = { readonly type: 'time'; readonly clientMs: number; readonly nowMs: number }

/** Answer to `do`. */
export type Done = { readonly type: 'done'; readonly id: number }
export type Refused = {
  readonly type: 'refused'
  readonly id: number
  readonly why: string
  readonly remedy: string
}

/** An option was changed while the run goes on, by whomever: what `hello` told of it holds no more. */
export type OptionChange = {
  readonly type: 'set'
  readonly stage: string
  readonly option: string
  readonly value: unknown
}

export type ServerMessage =
  Hello | Telemetry | StateChanges | DataBatch | LossNotice | TimeAnswer | OptionChange | Done | Refused

/** Which picture was shown, so that the server knows what this client takes (W4). */
export type Ack = {
  readonly type: 'ack'
  readonly channel: number
  readonly seq: number
  /** So long did showing it take, since the client could begin with it: a frame of the screen, a decoder. That is not the link. */
  readonly heldMs?: number
}

/** What the client wants of channels, by name: false for nothing. What it does not name stays as it is; at first it gets all. */
export type Want = {
  readonly type: 'want'
  readonly channels: Readonly<Record<string, false | { readonly codec?: Codec; readonly maxPerSecond?: number }>>
  /** Whether it wants the state and its changes; at first it does. Wanted again, it is told whole. */
  readonly state?: boolean
}

export type TimeQuestion = { readonly type: 'time'; readonly clientMs: number }

export type Command =
  | { readonly do: 'pause' | 'resume' }
  /** Where to look, in px of the channel's source. */
  | { readonly do: 'look'; readonly channel: string; readonly atPx: readonly [number, number] }
  | { readonly do: 'set'; readonly stage: string; readonly option: string; readonly value: unknown }
  | { readonly do: 'stop'; readonly name?: string; readonly kind?: StopKind }
  | { readonly do: 'reset'; readonly name?: string }

/** A command, answered by `done` or `refused` with the same id. */
export type Do = { readonly type: 'do'; readonly id: number } & Command

/** Anything else is refused with close code 1008. */
export type ClientMessage = Ack | Want | TimeQuestion | Do

export const headerBytes = 32

export type BinaryHeader = {
  readonly channel: number
  readonly kind: 'video' | 'audio'
  readonly codec: Codec
  readonly seq: number
  readonly lost: number
  readonly capturedAtMs: number
  /** Where the capture time comes from (P2). */
  readonly stamp: StampKind
  /** JPEG quality, 1 to 100; 0 of sound. */
  readonly quality: number
  /** Picture: the source's size in px, in which detections are given. Sound: sample rate and 1. */
  readonly sourceWidthPx: number
  readonly sourceHeightPx: number
}

const stampKinds: readonly StampKind[] = ['device', 'medium', 'browser', 'arrival', 'synthetic']

/**
 * 0 version · 1 kind (1 picture, 2 sound) · 2 channel u16 · 4 seq u32 · 8 capture time f64 · 16 width or rate u32 ·
 * 20 height u32 · 24 lost u32 · 28 stamp · 29 codec · 30 quality · 31 zero. Little endian.
 */
export function writeHeader(header: BinaryHeader, target: DataView): void {
  target.setUint8(0, protocolVersion)
  target.setUint8(1, header.kind === 'video' ? 1 : 2)
  target.setUint16(2, header.channel, true)
  target.setUint32(4, header.seq, true)
  target.setFloat64(8, header.capturedAtMs, true)
  target.setUint32(16, header.sourceWidthPx, true)
  target.setUint32(20, header.sourceHeightPx, true)
  target.setUint32(24, header.lost, true)
  target.setUint8(28, stampKinds.indexOf(header.stamp))
  target.setUint8(29, codecs.indexOf(header.codec))
  target.setUint8(30, header.quality)
  target.setUint8(31, 0)
}

/** @throws RangeError where the message is shorter than its header, or names a stamp or a codec that there is not */
export function readHeader(source: DataView): BinaryHeader {
  const stamp = stampKinds[source.getUint8(28)]
  const codec = codecs[source.getUint8(29)]
  if (stamp === undefined || codec === undefined) throw new RangeError('no header of this protocol')
  return {
    kind: source.getUint8(1) === 1 ? 'video' : 'audio',
    channel: source.getUint16(2, true),
    codec,
    seq: source.getUint32(4, true),
    capturedAtMs: source.getFloat64(8, true),
    stamp,
    quality: source.getUint8(30),
    sourceWidthPx: source.getUint32(16, true),
    sourceHeightPx: source.getUint32(20, true),
    lost: source.getUint32(24, true),
  }
}
