import type { PacketJson, PoseJson, RobotJson } from '../../../src/core/wire.js'
import type { Heard } from '../sound/heard.js'
import { AgeHistory } from './age-history.js'
import { OneWayOffset } from './one-way-offset.js'
import { DetectionsOf } from './detections-of.js'
import { Recording } from './recording.js'
import { SeqRate } from './seq-rate.js'
import { SoundHistory } from './sound-history.js'
import { StageHistory } from './stage-history.js'

const ageSpanMs = 3000
const soundSpanMs = 6000

/** What the robot tells with every tick. */
export type RobotTick = { readonly measured: RobotJson; readonly commanded: RobotJson; readonly ageMs: number | null }

/** What somebody said, on the run's clock. */
export type Words = { readonly atMs: number; readonly text: string }

const wordsKept = 3

/** What comes too fast for a state: kept in rings of a fixed size, read by the views once a frame. */
export class LiveData {
  readonly age = new AgeHistory(ageSpanMs)
  readonly sound = new SoundHistory(soundSpanMs)
  readonly detections = new DetectionsOf()
  readonly clock = new OneWayOffset()
  readonly recording = new Recording()
  readonly stages = new StageHistory()
  readonly #rates = new Map<string, SeqRate>()
  #robot: RobotTick | null = null
  #speaking: boolean | null = null
  #soundFormat: string | null = null
  #words: readonly Words[] = []

  get robot(): RobotTick | null {
    return this.#robot
  }

  set robot(tick: RobotTick | null) {
    this.#robot = tick
  }

  get speaking(): boolean | null {
    return this.#speaking
  }

  /** How the sound comes here, in words. */
  get soundFormat(): string | null {
    return this.#soundFormat
  }

  set soundFormat(words: string | null) {
    this.#soundFormat = words
  }

  addRobot(packet: PacketJson, nowMs: number): void {
    const tick = robotTick(packet.value)
    if (tick === null) return
    this.#robot = tick
    if (tick.ageMs !== null) this.age.add(nowMs, tick.ageMs)
  }

  /** @param drawLevel the page gets no sound, and draws how sure the stage is instead */
  addVoice(packet: PacketJson, drawLevel: boolean): void {
    const { probability, speaking } = (packet.value ?? {}) as { probability?: unknown; speaking?: unknown }
    if (typeof speaking !== 'boolean') return
    this.#speaking = speaking
    this.sound.addVoice(packet.capturedAtMs, speaking)
    if (drawLevel && typeof probability === 'number') this.sound.addLevel(packet.capturedAtMs, probability)
  }

  addSound({ capturedAtMs, sampleRateHz, samples }: Heard): void {
    this.sound.addSound(capturedAtMs, sampleRateHz, samples)
    this.recording.addSound(capturedAtMs, sampleRateHz, samples)
  }

  /** Words, where a stage gives them: as a text, or as `text` of what it gives. */
  addWords(packet: PacketJson): void {
    const { value } = packet
    const text = typeof value === 'string' ? value : ((value ?? {}) as { text?: unknown }).text
    if (typeof text !== 'string' || text.trim() === '') return
    this.#words = [...this.#words.slice(1 - wordsKept), { atMs: packet.capturedAtMs, text: text.trim() }]
  }

  /** The newest last. */
  get words(): readonly Words[] {
    return this.#words
  }

  countSeq(result: string, seq: number, capturedAtMs: number): void {
    const rate = this.#rates.get(result) ?? new SeqRate()
    this.#rates.set(result, rate)
    rate.add(seq, capturedAtMs)
  }

  rates(): ReadonlyMap<string, number> {
    const known = new Map<string, number>()
    for (const [name, rate] of this.#rates) if (rate.perSecond !== null) known.set(name, rate.perSecond)
    return known
  }

  /** The page was hidden, and is seen again: the last age is long over, and the film has a gap. */
  goOn(): void {
    this.age.clear()
    this.recording.goOn()
  }

  clear(): void {
    this.age.clear()
    this.sound.clear()
    this.detections.clear()
    this.clock.clear()
    this.recording.clear()
    this.stages.clear()
    this.#words = []
    this.#rates.clear()
    this.#robot = null
    this.#speaking = null
    this.#soundFormat = null
  }
}

function robotTick(value: unknown): RobotTick | null {
  const v = (value ?? {}) as Partial<RobotJson> & { commanded?: Partial<RobotJson>; ageMs?: unknown }
  const measured = robotJson(v)
  if (measured === null) return null
  const { ageMs } = v
  return {
    measured,
    commanded: robotJson(v.commanded ?? {}) ?? measured,
    ageMs: typeof ageMs === 'number' ? ageMs : null,
  }
}

function robotJson(value: Partial<RobotJson>): RobotJson | null {
  const { pose, bodyYawRad, antennasRad } = value
  return isPose(pose) ? { pose, bodyYawRad: bodyYawRad ?? 0, antennasRad: antennasRad ?? [0, 0] } : null
}

function isPose(pose: PoseJson | undefined): pose is PoseJson {
  return typeof pose?.yawRad === 'number' && typeof pose.pitchRad === 'number' && typeof pose.rollRad === 'number'
}
