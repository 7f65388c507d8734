import type { Subscriber } from 'rxjs'
import { asSaccadeError, SaccadeError } from '../core/errors.js'
import { CountingGate, freeGate } from '../core/gate.js'
import { withoutPassword } from '../core/media-address.js'
import type { Captured, OpenedMedium, TrackReader } from '../core/media-source.js'
import type { Meter } from '../core/meter.js'
import { createPacket, type Origin, type Packet, type Stamp } from '../core/packet.js'
import type { StageContext } from '../core/stage.js'

/** How long before the end of a loop the next reading is begun, so that its first item is there in time. */
const prefetchMs = 1500
/** Later than this behind its own pace, a file goes on from now instead of running after itself. */
const tooLateMs = 250
/** A still picture is given again at the rate that FFmpeg itself gives it. */
const stillPeriodMs = 40
const arrival: Stamp = { kind: 'arrival' }
const ofMedium: Stamp = { kind: 'medium' }

export type MediaSettings = { readonly open: string; readonly loop: boolean; readonly pace: 'real' | 'fast' }

/** What the two tracks need to know of each other: one medium, one zero on the clock of their pace. */
export type SharedTracks = {
  readonly settings: MediaSettings
  readonly context: StageContext
  readonly medium: () => Promise<OpenedMedium>
  /** A track begins, or never will. Whether it is the first to begin: that one sets the zero. */
  readonly ready: (track: string, item: 'item' | 'none') => boolean
  /** The first picture has left, or none will: the sound's decoder starts then, so that it does not hold up the picture's. */
  readonly pictureLeft: Promise<void>
  readonly letPictureLeave: () => void
  /** The run's clock without the time for which it was paused: what has a pace of its own stands still meanwhile. */
  readonly paceMs: () => number
  /** On the clock of the pace. */
  zeroMs: number
  /** How long all loops took that are over: the same for all tracks, as a loop ends when its longest track does. */
  loopsMs: number
  /** A track is through with its loop, that took it so long; the next one begins when all are. */
  readonly looped: (track: string, tookMs: number, then: () => void) => void
  /** A track is gone: nobody waits for it. */
  readonly left: (track: string) => void
  readonly tracks: Map<string, 'opening' | 'item' | 'none'>
}

type Timed = { readonly mediaTimeMs: number | null; readonly captured?: Captured }

/** What is particular to pictures, or to sound. */
export type TrackKind<Item extends Timed, Value> = {
  readonly result: 'video' | 'audio'
  readonly missing: string
  readonly read: (medium: OpenedMedium) => TrackReader<Item>
  readonly value: (item: Item) => Value
  readonly lastsMs: (item: Item) => number | null
  readonly free: (item: Item) => void
}

/** Reads one track and emits its packets when they are due. Returns the teardown. */
export function runTrack<Item extends Timed, Value>(
  shared: SharedTracks,
  kind: TrackKind<Item, Value>,
  behind: readonly string[] | undefined,
  downstream: Subscriber<Packet<Value>>,
): () => void {
  const { settings, context } = shared
  /** As people may read it. */
  const told = withoutPassword(settings.open)
  const { runtime } = context
  const { clock } = runtime
  const { pausing } = runtime.controls
  const track = kind.result
  const stage = `${context.name}.${track}`
  const meter: Meter = runtime.meter(stage)
  const origin: Origin = { name: stage, live: settings.pace === 'real' }
  const gate = origin.live
    ? freeGate
    : new CountingGate(() => {
        goOn()
      })
  let seq = 0
  let lastCapturedMs = -Infinity
  /** Dropped since the last packet, which did not say so. */
  let unsaid = 0
  let emitting = false
  /** Another track began before this one was open: what is due by now follows at once, with its own stamps. */
  let catchingUp = false
  let over = false
  let reader: TrackReader<Item> | null = null
  let next: { readonly reader: TrackReader<Item>; readonly first: Promise<Item | null> } | null = null
  let lastTimeMs = 0
  /** From one picture to the next; sound says itself how long it lasts. */
  let periodMs = 0
  /** How many items this loop had. */
  let items = 0
  /** The next loop's first item is there, and the other track is not yet through with this one. */
  let between = false
  let opened: OpenedMedium | null = null
  let cancel: () => void = () => undefined
  /** A read that has not been delivered: what it brings after the end is given back. */
  let reading: Promise<Item | null> | null = null
  /** An item of a recorded track that waits for its gate. */
  let parked: Item | null = null
  /** What is to be done when its time has come, on the clock of the pace. */
  let due: { readonly atMs: number; readonly call: (nowMs: number) => void } | null = null
  let letGo: () => void = () => undefined
  shared.tracks.set(track, 'opening')

  const arm = (): void => {
    if (due === null || pausing.paused) return
    const { atMs, call } = due
    const runMs = atMs + pausing.lastedMs()
    cancel = clock.at(runMs, () => {
      due = null
      call(runMs)
    })
  }
  const at = (atMs: number, call: (nowMs: number) => void): void => {
    due = { atMs, call }
    arm()
  }
  /** A file waits, by its pace or its gate, and goes on from where it stood; a device goes on, and is not heard. */
  const obey = (paused: boolean): void => {
    if (due !== null) cancel()
    arm()
    letGo()
    letGo = paused ? gate.hold() : () => undefined
  }

  const close = (which: TrackReader<Item>): void => {
    const closing = which.close().then(() => {
      // One that is ended in the middle of a run, for the next loop or life, keeps nobody waiting at its end.
      if (runtime.stopping.aborted && which.forced?.() === true) runtime.cutOff(`${stage}: its decoder did not end`)
    })
    runtime.track(`${stage}: its decoder did not end`, closing)
  }
  const freeLater = (read: Promise<Item | null>): void => {
    runtime.track(
      `${stage}: an item was still being read`,
      read.then((item) => {
        if (item !== null) kind.free(item)
      }),
    )
  }
  const stop = (): void => {
    if (over) return
    over = true
    pauses.unsubscribe()
    cancel()
    if (parked !== null) kind.free(parked)
    parked = null
    if (reading !== null) freeLater(reading)
    if (reader !== null) close(reader)
    if (next !== null) {
      freeLater(next.first)
      close(next.reader)
    }
    runtime.stopping.removeEventListener('abort', complete)
    shared.left(track)
  }
  const complete = (): void => {
    stop()
    meter.completed()
    downstream.complete()
  }
  const fail = (thrown: unknown): void => {
    const facts = { code: 'medium', remedy: `check that ${told} plays in another program` } as const
    const error = asSaccadeError(thrown, facts).at({ stage, where: told })
    if (error.code === 'no-track' && track === 'audio' && shared.tracks.size > 1) {
      runtime.tell('warning', `${stage}: ${told} has ${kind.missing}, so nothing comes from ${stage} → ${error.remedy}`)
      complete()
      return
    }
    stop()
    meter.failed(error.message)
    downstream.error(error)
  }

  const ask = (read: () => Promise<Item | null>, then: (item: Item | null) => void): void => {
    const start = (): Promise<Item | null> => {
      reading = read()
      return reading
    }
    cancel = clock.work({ stage, seq }, start, (answer) => {
      reading = null
      if (answer.ok) then(answer.value)
      else {
        shared.ready(track, 'none')
        fail(answer.error)
      }
    })
  }

  const emit = (item: Item, capturedAtMs: number, stamp: Stamp, lost: number): void => {
    hand(item, capturedAtMs, stamp, lost)
    kind.free(item)
  }

  /** Hands an item on and keeps it. */
  const hand = (item: Item, capturedAtMs: number, stamp: Stamp, lost: number): void => {
    meter.took()
    seq += lost
    // A file waits by its pace.
    if (stamp !== ofMedium && pausing.paused) {
      meter.dropped('paused')
      seq++
      unsaid += lost + 1
      return
    }
    if (capturedAtMs < lastCapturedMs) {
      // T3: a stamp that goes back is no stamp; the stream goes on.
      meter.dropped('time')
      seq++
      unsaid += lost + 1
      return
    }
    lastCapturedMs = capturedAtMs
    const lostBefore = lost + unsaid
    unsaid = 0
    const lastsMs = kind.lastsMs(item)
    const packet = createPacket({
      origin,
      seq,
      capturedAtMs,
      untilMs: lastsMs === null ? null : capturedAtMs + lastsMs,
      stamp,
      lost: lostBefore,
      value: kind.value(item),
      gate,
    })
    seq++
    const nowMs = clock.nowMs()
    meter.gave(nowMs - capturedAtMs, nowMs - capturedAtMs, nowMs)
    emitting = true
    downstream.next(packet)
    emitting = false
    if (track === 'video') shared.letPictureLeave()
  }

  const emitWhenDue = (item: Item, source: TrackReader<Item>): void => {
    const timeMs = item.mediaTimeMs
    if (timeMs === null) {
      const { atMs, stamp } = item.captured ?? { atMs: clock.nowMs(), stamp: arrival }
      emit(item, atMs, stamp, source.takeLost())
      goOn()
      return
    }
    if (!origin.live && !gate.open) {
      parked = item
      return
    }
    const lastsMs = kind.lastsMs(item)
    if (lastsMs === null && items > 0) periodMs = Math.max(0, timeMs - lastTimeMs)
    lastTimeMs = Math.max(timeMs + (lastsMs ?? 0), lastTimeMs)
    items++
    if (!origin.live) {
      emit(item, shared.zeroMs + shared.loopsMs + timeMs, ofMedium, 0)
      goOn()
      return
    }
    const lateMs = shared.paceMs() - (shared.zeroMs + shared.loopsMs + timeMs)
    if (lateMs <= 0) catchingUp = false
    if (lateMs > tooLateMs && !catchingUp) {
      shared.zeroMs += lateMs
      runtime.tell('warning', `${stage}: ${String(Math.round(lateMs))} ms behind its own pace; it goes on from now`)
    }
    parked = item
    at(shared.zeroMs + shared.loopsMs + timeMs, (nowMs) => {
      parked = null
      emit(item, nowMs, ofMedium, 0)
      goOn()
    })
  }

  /** Asks for the following item, and begins the next loop in time. */
  const goOn = (): void => {
    const source = reader
    // A gate that opens while an item is handed on must not ask for two.
    if (over || source === null || emitting || between || reading !== null) return
    if (parked !== null) {
      const item = parked
      parked = null
      emitWhenDue(item, source)
      return
    }
    begin(opened)
    ask(
      () => source.next(),
      (item) => {
        if (item !== null) emitWhenDue(item, source)
        else wrap(opened)
      },
    )
  }

  /** Begins to read the next loop shortly before the end of this one. */
  const begin = (medium: OpenedMedium | null): void => {
    if (medium === null || !settings.loop || medium.live || next !== null) return
    const durationMs = medium.durationMs()
    if (durationMs !== null && lastTimeMs < durationMs - prefetchMs) return
    const following = kind.read(medium)
    next = { reader: following, first: following.next() }
    next.first.catch(() => undefined) // told when it is its turn
  }

  /** At the end of the medium: the next loop, or the end. */
  const wrap = (medium: OpenedMedium | null): void => {
    if (over) return
    if (medium === null || !settings.loop || medium.live) {
      complete()
      return
    }
    if (reader !== null) close(reader)
    const durationMs = medium.durationMs() ?? 0
    const endMs = lastTimeMs < durationMs ? durationMs : lastTimeMs + periodMs
    const tookMs = endMs > 0 ? endMs : stillPeriodMs
    const isStill = track === 'video' && items === 1
    lastTimeMs = 0
    items = 0
    const following = next?.reader ?? kind.read(medium)
    const first = next?.first ?? following.next()
    next = null
    reader = following
    ask(
      () => first,
      (item) => {
        if (item === null) complete()
        else if (isStill && origin.live) repeat(item, tookMs)
        else
          nextLoop(item, tookMs, () => {
            parked = null
            emitWhenDue(item, following)
          })
      },
    )
  }

  /** Waits until the other track is through with this loop too, so that both begin the next one together. */
  const nextLoop = (item: Item, tookMs: number, then: () => void): void => {
    parked = item
    between = true
    shared.looped(track, tookMs, () => {
      between = false
      if (!over) then()
    })
  }

  /** A still picture, loop after loop, without reading it each time. */
  const repeat = (item: Item, tookMs: number): void => {
    nextLoop(item, tookMs, () => {
      at(shared.zeroMs + shared.loopsMs, (nowMs) => {
        hand(item, nowMs, ofMedium, 0)
        if (!over) repeat(item, tookMs)
      })
    })
  }

  runtime.stopping.addEventListener('abort', complete)
  const pauses = pausing.paused$.subscribe(obey)
  ask(
    async () => {
      opened = await shared.medium()
      // Virtual time would stand still: it waits for this reading, and the picture for it.
      const behindPicture = track === 'audio' && opened.independent !== true
      if (behindPicture && shared.tracks.get('video') === 'opening' && !clock.virtual) await shared.pictureLeft
      if (over) return null
      reader = kind.read(opened)
      const item = await reader.next()
      await runtime.opened(behind)
      return item
    },
    (item) => {
      const source = reader
      if (item !== null && opened !== null)
        runtime.tellOnce('info', `${context.name}: ${told} opened with ${opened.decoder}`)
      if (item === null || source === null) {
        shared.ready(track, 'none')
        if (!over)
          fail(
            new SaccadeError(`${told} has ${kind.missing}`, {
              code: 'no-track',
              remedy: 'choose a medium that has it',
            }),
          )
        return
      }
      catchingUp = !shared.ready(track, 'item')
      emitWhenDue(item, source)
    },
  )
  return () => {
    stop()
    meter.stopped()
  }
}
