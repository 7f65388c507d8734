import type { RobotState } from '../../../src/core/wire.js'
import { element, setData, setText } from '../dom/element.js'
import { fitCanvas } from '../dom/fit-canvas.js'
import { frameMs, isStill } from '../dom/motion.js'
import { figure, fixed } from '../logic/format.js'
import { entryOf } from '../logic/where-stalled.js'
import { runOf } from '../logic/page-state.js'
import { isAtLeast, restWords } from '../logic/rest-words.js'
import { heldToLimit, limitOf, limitWords, verdict, type Limit, type Verdict } from '../logic/verdict.js'
import { ageLine } from './age-line.js'
import { partsBar } from './parts-bar.js'
import type { Scene, View } from './view.js'

const sentences = {
  robot: 'The robot is acting on data that is',
  picture: 'The picture shown here is',
  sound: 'The sound drawn here is',
  none: '',
} as const

/** A robot that follows nothing does not act on data: what it last acted on only grows old. */
const idleSentences: Partial<Record<RobotState['state'], string>> = {
  waiting: 'The robot waits for its first target',
  holding: 'The robot holds still; what it last acted on is',
  parking: 'The robot goes to rest; what it last acted on is',
  parked: 'The robot is at rest; what it last acted on is',
  stopped: 'The robot is stopped; what it last acted on is',
}

/** After so long without news, the age goes on growing by the page's own clock: data does not stay young by being late. */
const growsAfterMs = 400

/** The one figure: how old the data is that the robot acts on, its limit, its history, its parts, and what it rests on. */
export function ageFigure(): View {
  const sentence = element('h2', { class: 'label' })
  const value = element('span', { class: 'figure-value' })
  const unit = element('span', { class: 'figure-unit' })
  const limit = element('span', { class: 'figure-limit' })
  const canvas = element('canvas', { class: 'figure-history', attributes: { role: 'img' } })
  const history = fitCanvas(canvas)
  const bar = element('div', { class: 'parts-bar', attributes: { 'aria-hidden': 'true' } })
  const legend = element('dl', { class: 'parts' })
  const rests = element('p', { class: 'rests' })
  const parts = partsBar(bar, legend)
  const panel = element('section', {
    class: 'figure',
    attributes: { 'aria-label': 'Age of the data' },
    children: [
      sentence,
      element('p', { class: 'figure-line', children: [element('span', { children: [value, unit] }), limit] }),
      canvas,
      bar,
      legend,
      rests,
    ],
  })

  let declared: Limit | null = null
  let judged: Verdict = 'none'
  let top = 0
  let drawnAtMs = 0

  const showWords = (words: readonly string[]): void => {
    words.forEach((word, i) => {
      setText(limit.children[i] ?? limit.appendChild(element('span')), word)
    })
    while (limit.children.length > words.length) limit.lastElementChild?.remove()
  }

  const showAge = (scene: Scene): void => {
    const { live, situation, nowMs } = scene
    const frozen = situation.frozen && situation.is !== 'stalled'
    const newest = live.age.newest
    const silentMs = nowMs - (live.age.newestAtMs ?? nowMs)
    const age = newest === null ? null : !frozen && silentMs > growsAfterMs ? newest + silentMs : newest
    const told = age === null ? { value: '–', unit: '' } : figure(age)
    setText(value, told.value)
    setText(unit, told.unit === '' ? 'no data yet' : `${told.unit} old`)
    const robot = scene.shape.figure === 'robot' ? (runOf(scene.page)?.robot?.state ?? null) : null
    const held = heldToLimit(age, live.age.toothMs, declared)
    const own = frozen ? 'none' : verdict(held, declared, robot)
    setData(panel, 'verdict', situation.is === 'stalled' ? 'over' : own)
  }

  return {
    element: panel,
    update(scene) {
      const { page, shape, situation } = scene
      const run = runOf(page)
      const robot = shape.figure === 'robot' ? (run?.robot ?? null) : null
      const sink = shape.robot ?? ''
      declared = run === null ? null : shape.figure === 'robot' ? limitOf(run, entryOf(sink)) : viewerLimit(scene)
      const limits = limitWords(declared)
      judged = robot !== null && robot.state !== 'following' ? 'idle' : limits.verdict
      const frozen = situation.frozen && situation.is !== 'stalled'
      const least = shape.figure !== 'robot' || isAtLeast(robot?.stamp ?? null)
      const told = (robot === null || frozen ? undefined : idleSentences[robot.state]) ?? sentences[shape.figure]
      const words = `${told}${least && told.endsWith(' is') ? ' at least' : ''}`
      setText(sentence, frozen ? words.replace(' is', ' was') : words)
      const ages = robot?.ages
      showWords(declared === null && ages ? [`p99 ${fixed(ages.p99, 0)}`, ...limits.words] : limits.words)
      setData(limit, 'verdict', limits.verdict)
      parts.update(robot?.parts ?? [])
      setText(
        rests,
        robot !== null
          ? restWords(robot)
          : shape.figure === 'robot'
            ? ''
            : 'from capture to this page · clocks compared through the connection',
      )
      canvas.setAttribute('aria-label', `The age over the last seconds, as a line. ${limits.words.join(', ')}.`)
      if (isStill()) showAge(scene)
    },
    frame(scene) {
      if (!isStill()) showAge(scene)
      if (scene.nowMs - drawnAtMs < frameMs()) return
      drawnAtMs = scene.nowMs
      top = ageLine(history, scene, declared, judged, top)
    },
  }

  function viewerLimit(scene: Scene): Limit | null {
    const run = runOf(scene.page)
    const viewer = run?.expect.find(({ figure: name }) => name === 'delay')
    return run === null || viewer === undefined ? null : limitOf(run, viewer.to)
  }
}
