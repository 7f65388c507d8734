import { list } from './format.js'
import { isPaused, offersOf } from './offers.js'
import type { RunState, StopKind } from '../../../src/core/wire.js'
import { runOf, type PageState } from './page-state.js'
import { whereStalled } from './where-stalled.js'

/** What is to be told of the whole: a word for the header, and where it is not simply running, what happened and what to do. */
export type Situation = {
  readonly is:
    | 'connecting'
    | 'opening'
    | 'running'
    | 'stalled'
    | 'silent'
    | 'stage-failed'
    | 'waiting'
    | 'robot-stopped'
    | 'paused'
    | 'failed'
    | 'draining'
    | 'stopped'
    | 'lost'
    | 'foreign'
  readonly tone: 'calm' | 'good' | 'near' | 'stop'
  readonly word: string
  readonly notice: Notice | null
  /** What is on the page is the last that came, not what is. */
  readonly frozen: boolean
}

export type Notice = {
  readonly title: string
  readonly text: string
  readonly command: string | null
  /** On the page's clock, where it tries again by itself. */
  readonly retryAtMs: number | null
}

const stopWords: Readonly<Record<StopKind, string>> = {
  hold: 'holds where it is',
  park: 'goes to rest',
  'torque-off': 'has let its motors go',
}

const stalledAfterMs = 2000
const steady = new Set(['video', 'audio', 'robot'])

export function situationOf(page: PageState, nowMs: number): Situation {
  const { link, known } = page
  const run = runOf(page)
  const retryAtMs = link.is === 'waiting' ? link.retryAtMs : null
  const command = run === null ? null : `saccade run ${run.file}`

  if (known.is === 'foreign') {
    return say('foreign', 'stop', 'other version', true, {
      title: 'This page and the run speak different versions',
      text: `The run speaks version ${String(known.protocol)} of the protocol. Reload the page to get the one that belongs to it.`,
    })
  }
  if (run?.state === 'failed') {
    const failed = failedStages(page)
    const [first] = failed
    const last = run.events.findLast(({ level }) => level === 'error')
    return say('failed', 'stop', 'failed', true, {
      title: first === undefined ? 'The run has failed' : `The run has failed at ${first.name}`,
      text: `${sentence(first?.error ?? last?.text ?? 'It gave no reason')} Mend the cause, then start it again; this page comes back by itself.`,
      command,
    })
  }
  if (run?.state === 'stopped' || (run?.state === 'draining' && link.is !== 'open')) {
    return say('stopped', 'calm', 'ended', true, {
      title: 'The run has ended',
      text: 'What you see is the last that came. Start it again, and this page comes back by itself:',
      command,
    })
  }
  if (link.is !== 'open') {
    if (known.is === 'nothing' && link.attempt <= 1) {
      return say('connecting', 'calm', 'connecting', true, {
        title: 'Connecting to the run',
        text: 'The page is here; its live part is being opened.',
      })
    }
    if (known.is === 'nothing') {
      return say('lost', 'stop', 'no answer', true, {
        title: 'No run answers here',
        text: 'The page came, but what it shows live does not. Start the run; this page comes back by itself.',
        command: 'saccade run FILE',
        retryAtMs,
      })
    }
    const why = link.is === 'waiting' && link.reason !== '' ? `${sentence(link.reason)} ` : ''
    return say('lost', 'stop', 'connection lost', true, {
      title: 'The connection to the run is lost',
      text: `${why}Either the run has ended or the network between is away. If it has ended, start it again; this page comes back by itself.`,
      command,
      retryAtMs,
    })
  }
  if (run === null || known.is !== 'told') {
    return say('connecting', 'calm', 'connecting', true, {
      title: 'Connected',
      text: 'The run has not yet told its state.',
    })
  }
  if (run.state === 'planning' || run.state === 'opening') {
    return say('opening', 'calm', 'opening', false, {
      title: 'Opening',
      text: 'Streams are being opened and models loaded. The first picture follows in a moment; nothing needs doing.',
    })
  }
  if (run.state === 'draining') {
    return say('draining', 'calm', 'stopping', false, {
      title: 'Stopping',
      text: 'The sources have ended; what is on its way is finished, the robot goes to rest, and everything is given back.',
    })
  }
  if (nowMs - known.toldAtMs > stalledAfterMs) {
    return say('silent', 'near', 'no answer', true, {
      title: 'The run does not answer',
      text: `The connection is open, but nothing has come for ${seconds(nowMs - known.toldAtMs)}. If its terminal is stuck too, end it with Ctrl-C and start it again.`,
      command,
    })
  }
  if (run.robot?.state === 'stopped') {
    return say('robot-stopped', 'stop', 'robot stopped', false, {
      title: 'Stopped – reset to go on',
      text: `${run.robot.name} ${stopWords[run.robot.stop ?? 'hold']} and takes no target until it is reset. This is a stop by software, not an emergency stop: before reaching in, take its power away.${offersOf(page).stop === 'no-right' ? ' This page has no right to reset it.' : ''}`,
    })
  }
  if (isPaused(page)) {
    return say('paused', 'calm', 'paused', true, {
      title: 'Paused',
      text: 'Streams give nothing until the run goes on; the robot holds still. What you see is the last that came.',
    })
  }
  const failed = failedStages(page)
  const [first] = failed
  if (first !== undefined) {
    const starved = starvedEntries(run)
    const goesOn =
      starved.length === 0 ? '' : ` ${list(starved)} ${starved.length > 1 ? 'get' : 'gets'} nothing for want of it.`
    const names = list(failed.map(({ name }) => name))
    return say('stage-failed', 'stop', `${names} failed`, false, {
      title: `${names} ${failed.length > 1 ? 'have' : 'has'} failed`,
      text: `${sentence(first.error)}${goesOn} Everything that does not need ${failed.length > 1 ? 'them' : 'it'} goes on. Mend the cause, then start the run again.`,
      command,
    })
  }
  // The panel that invites stands in the picture's place, and says the rest.
  if (run.camera?.from === null)
    return { is: 'waiting', tone: 'calm', word: 'waiting for a browser', notice: null, frozen: false }
  const { hello } = known
  const flows = hello.channels.some(({ kind }) => steady.has(kind))
  const lastMs = page.lastPacketAtMs ?? Math.max(link.sinceMs, nowMs - run.runningForMs)
  // A hidden page asks for nothing, and misses nothing.
  const sinceMs = nowMs - Math.max(lastMs, page.seenSinceMs ?? nowMs)
  if (flows && sinceMs > stalledAfterMs) {
    const where = whereStalled(hello.graph, run.stages)
    return say('stalled', 'near', 'stalled', true, {
      title: where === null ? 'Nothing reaches this page' : `Nothing comes from ${where}`,
      text:
        where === null
          ? `The run is up, yet no picture, sound or result has come for ${seconds(sinceMs)}. The network between may be too slow.`
          : `For ${seconds(sinceMs)} it has given no result, though the run is up. Look at what feeds ${where}: a camera unplugged, a file at its end, an address that is silent.`,
    })
  }
  return { is: 'running', tone: 'good', word: 'running', notice: null, frozen: false }
}

function say(
  is: Situation['is'],
  tone: Situation['tone'],
  word: string,
  frozen: boolean,
  notice: Pick<Notice, 'title' | 'text'> & Partial<Notice>,
): Situation {
  return {
    is,
    tone,
    word,
    frozen,
    notice: { command: null, retryAtMs: null, ...notice },
  }
}

function failedStages(page: PageState): { readonly name: string; readonly error: string }[] {
  const stages = Object.entries(runOf(page)?.stages ?? {}).filter(([, stage]) => stage.state === 'failed')
  // A step is more telling than the entry that it takes down with it.
  return stages
    .filter(([name]) => !stages.some(([other]) => other.startsWith(`${name}/`)))
    .map(([name, stage]) => ({ name, error: stage.error ?? 'It gave no reason' }))
}

/** Entries that get less or nothing because something before them failed: they are well, and told apart from it. */
function starvedEntries(run: RunState): readonly string[] {
  return Object.entries(run.stages)
    .filter(([, { starvedBy, state }]) => starvedBy !== undefined && state !== 'failed')
    .map(([name]) => name)
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

function seconds(durationMs: number): string {
  const whole = Math.floor(durationMs / 1000)
  return whole < 120 ? `${String(whole)} seconds` : `${String(Math.floor(whole / 60))} minutes`
}
