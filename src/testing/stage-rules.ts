import { SaccadeError } from '../core/errors.js'
import { Frame } from '../core/frame.js'
import type { Packet } from '../core/packet.js'
import { formOf } from './exam.js'
import { failedItself, firstFault, nameOf, type Rule } from './verdict.js'

const s1: Rule = ({ exam, grammar, ended, cancelled, sourceEnded, schedule }) => {
  const [fault] = grammar
  if (fault !== undefined) return `it said ${fault}`
  if (cancelled || ended !== null) return true
  if (exam.stage.kind === 'stream') return 'it was told to stop, and never completes'
  return schedule.ending.how === 'error' || !sourceEnded ? null : 'its source completed, and it never does'
}

const s2: Rule = ({ exam, given }) => {
  if (exam.how.order === 'completion') return null
  const latest = new Map<string, number>()
  return firstFault(given, ({ packet, result }) => {
    const stream = `${packet.origin.name} ${String(result)}`
    const before = latest.get(stream) ?? -1
    latest.set(stream, packet.seq)
    return packet.seq > before ? null : `it gave ${nameOf(packet)} after ${packet.origin.name} ${String(before)}`
  })
}

const s3: Rule = (trial) => {
  const { exam, schedule, ended, failure, cancelled, sourceEnded } = trial
  if (failedItself(trial)) {
    const placed = failure instanceof SaccadeError && failure.stage !== undefined
    if (exam.stage.kind === 'operator' && !placed) return `it failed without saying which stage: ${String(failure)}`
  }
  if (schedule.ending.how !== 'error' || cancelled) return null
  if (ended === null) return 'its source failed, and it neither says so nor ends'
  if (sourceEnded && failedItself(trial)) return `its source failed, and it tells of something else: ${String(failure)}`
  return ended === 'complete' && exam.stage.kind === 'operator' ? 'its source failed, and it completes' : true
}

const s5: Rule = ({ cancelled, waiting, gatesShut, lent, late, left }) => {
  if (left.length > 0) return `when all was over there was still ${left.join(', ')}`
  if (!cancelled) return null
  if (waiting.length > 0) return `unsubscribed, it left ${waiting.join(', ')}`
  if (gatesShut > 0) return 'unsubscribed, it never let go of a gate that it held'
  if (lent > 0) return `unsubscribed, it kept ${String(lent)} frames`
  return late.length === 0 ? true : `unsubscribed, it went on to say ${late.join(', ')}`
}

const s6: Rule = ({ fed, given, failure, cancelled, lent, written }) => {
  if (written > 0) return 'it wrote to a frame that it was lent'
  if (failure instanceof SaccadeError && failure.code === 'stale-frame')
    return `it used a frame that it had not kept: ${failure.message}`
  const stale = given.find(({ text }) => text.includes('a frame that was given back'))
  if (stale !== undefined)
    return `it gave ${nameOf(stale.packet)} with a frame that was given back: it kept it without a share`
  if (!cancelled && lent > 0) return `${String(lent)} frames did not come home`
  const frames = [...fed.map(({ packet }) => packet), ...given.map(({ packet }) => packet)].some(isPicture)
  return frames ? true : null
}

const isPicture = ({ value }: Packet<unknown>): boolean => value instanceof Frame

const s7: Rule = ({ exam, fed, given }) => {
  if (exam.port?.name !== 'picture') return null
  const sources = new Map(fed.map(({ packet }) => [nameOf(packet), packet.value]))
  const sized = given.filter(
    ({ packet }) => sourceSizeOf(packet.value) !== null && sources.get(nameOf(packet)) instanceof Frame,
  )
  return firstFault(sized, ({ packet }) => {
    const before = sourceSizeOf(sources.get(nameOf(packet)))
    const after = sourceSizeOf(packet.value)
    return before === after
      ? null
      : `${nameOf(packet)} came of a source of ${String(before)} px, and tells of ${String(after)} px`
  })
}

/** In which source's pixels a value is told. */
function sourceSizeOf(value: unknown): string | null {
  if (value instanceof Frame) return `${String(value.geometry.sourceWidthPx)}x${String(value.geometry.sourceHeightPx)}`
  const size = typeof value === 'object' && value !== null && 'sizePx' in value ? value.sizePx : null
  return Array.isArray(size) ? size.join('x') : null
}

const i3: Rule = ({ exam, given, modelsLoaded }) => {
  if (formOf(exam.stage) !== 'work' || modelsLoaded === 0) return null
  return firstFault(given, ({ packet }) => {
    const { value } = packet
    const by: unknown = typeof value === 'object' && value !== null && 'by' in value ? value.by : null
    const told = typeof by === 'object' && by !== null ? (by as Readonly<Record<string, unknown>>) : {}
    const missing = ['model', 'version', 'provider'].filter(
      (what) => typeof told[what] !== 'string' || told[what] === '',
    )
    return missing.length === 0 ? null : `${nameOf(packet)} does not say which ${missing.join(', ')} made it (by)`
  })
}

/** The rules on stages, frames and models that one trial can show. */
export const stageRules: Readonly<Record<string, Rule>> = { S1: s1, S2: s2, S3: s3, S5: s5, S6: s6, S7: s7, I3: i3 }
