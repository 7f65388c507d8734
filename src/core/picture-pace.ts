import { PictureSizes } from './picture-sizes.js'

/** How well a client is served: its part of the JPEG quality that was asked for, and how many pictures a second. */
export type PictureStep = { readonly quality: number; readonly perSecond: number }

/**
 * From the best down. Few qualities, so that clients share what is encoded; each step takes about two thirds of the one
 * before, so that a link is used well without standing at its edge.
 */
export const pictureSteps: readonly PictureStep[] = [
  { quality: 1, perSecond: 30 },
  { quality: 0.8, perSecond: 30 },
  { quality: 0.6, perSecond: 30 },
  { quality: 0.6, perSecond: 15 },
  { quality: 0.4, perSecond: 15 },
  { quality: 0.4, perSecond: 8 },
  { quality: 0.27, perSecond: 8 },
  { quality: 0.27, perSecond: 4 },
  { quality: 0.27, perSecond: 2 },
  { quality: 0.27, perSecond: 1 },
]

/** Of the time, so much may pass with pictures under way: above the first it goes down, to below the second; up only below the third. */
const [overloaded, comfortable, roomy] = [0.9, 0.75, 0.6]
/** A picture that is late by so much tells of a slower link before it arrives. */
const lateMs = 150
/** So much may be under way beyond what the link itself holds. */
const queueMs = 150
const fewPictures = 3
/** Of so many arrivals, what a byte took. */
const slownessKept = 4
const offersKept = 16
/** A step up waits for so long a time with room; for longer, after one that had to be taken back. */
const [upAfterMs, upAfterAtMostMs, failedWithinMs] = [2000, 60_000, 30_000]
/** So many times longer after each that failed; half as long after one that had twice the room it needed. */
const longerAfterFailure = 4
/** No client needs longer to show a picture; one that says so is not believed. */
const longestHeldMs = 500
/** The shortest round trip of the last one to two of these is that of the bare link. */
const roundTripSpanMs = 30_000
/** One who shows nothing gets a picture so seldom: it may show that. */
const silentMs = 5000
/** How often who does not acknowledge is asked, where pictures are under way for less than this part of the time. */
const [calmEveryMs, calm] = [500, 0.25]
/** How often the bare trip is measured where the link is not good enough for the best; else once in a span, so that it is known before. */
const measureEveryMs = 2000

type Flight = {
  readonly channel: number
  readonly seq: number
  readonly bytes: number
  readonly mark: number
  readonly sentAtMs: number
  /** When the client was asked whether it is there; null while nobody did. One that acknowledges need not be asked. */
  askedAtMs: number | null
}

/** What the pace says to a picture: take it at this step; or not, as it would be too many a second or too much at once. */
export type Pace = PictureStep | 'rate' | 'full'

/**
 * How many pictures one client gets, and how good ones, by what it takes (W4): down at once, up slowly.
 *
 * The one figure it rests on is how long a byte keeps the link busy: from when a picture could have arrived at the
 * earliest (sent, plus the shortest round trip; or when the one before it arrived) to when it did. From that follows how
 * busy the link would be at each step. A step is left downwards above 0.9 and upwards only where the better one would
 * stay below 0.6, so that on a steady link it comes to rest; a picture that is late counts before it arrives.
 *
 * Arrival is told by the client (`ack`), or by the answer to a ping sent behind the picture. Time is handed in, in ms.
 */
export class PicturePace {
  #step = 0
  #flights: Flight[] = []
  #marks = 0
  /** It was asked for one that is under way; known without a look at all of them, for the same reason. */
  #asked = false
  #acknowledges = false
  #askedAtMs = -Infinity
  readonly #grids = new Map<number, { dueMs: number; tookAtMs: number }>()
  /** Of the last `offersKept`, each in the place of the one so many before it. */
  readonly #offeredAtMs = new Float64Array(offersKept)
  #offers = 0
  /** ms that a byte took, of the last `slownessKept` arrivals. */
  readonly #slowness: number[] = []
  /** Their mean; 0 before the first. */
  #msPerByte = 0
  /** As of the last arrival, it takes all with ease: looked at for each picture and client, so not worked out each time. */
  #calm = true
  readonly #sizes = new PictureSizes()
  #arrivedAtMs = -Infinity
  /** So long did the last picture wait to be shown when it had arrived. */
  #heldMs = 0
  #sentAtMs = -Infinity
  #shortestMs: readonly [thisSpan: number, spanBefore: number] = [Infinity, Infinity]
  #spanSinceMs = -Infinity
  #measuredAtMs = -Infinity
  /** Of pictures, where the bare trip was never measured. */
  #shortestPictureMs = Infinity
  #roomSinceMs: number | null = null
  #upAfterMs = upAfterMs
  #wentUpAtMs = -Infinity

  get step(): number {
    return this.#step
  }

  /** Pictures sent of which nobody knows that they arrived. */
  get underWay(): number {
    return this.#flights.length
  }

  /** What is under way counts no more: the client did not look, or never told of it. It can begin anew. */
  forget(): void {
    this.#flights = []
    this.#asked = false
  }

  /** @param clogged more is waiting in the socket than should */
  offer(channel: number, nowMs: number, clogged: boolean): Pace {
    this.#offeredAtMs[this.#offers++ % offersKept] = nowMs
    this.#noticeLate(nowMs)
    const step = this.#at(this.#step)
    const periodMs = 1000 / step.perSecond
    const grid = this.#gridOf(channel)
    // A grid with half a period of tolerance: 30 fps with jitter through 30 fps loses nothing. That of a slower step before counts no more.
    const dueMs = Math.min(grid.dueMs, grid.tookAtMs + 1.5 * periodMs)
    if (nowMs < dueMs - periodMs / 2) return 'rate'
    if (clogged || this.#full(nowMs)) return 'full'
    grid.dueMs = (nowMs > dueMs + periodMs / 2 ? nowMs : dueMs) + periodMs
    grid.tookAtMs = nowMs
    return step
  }

  /** @returns the mark for a ping that is due behind it, or null: so where the client tells of itself */
  sent(channel: number, seq: number, bytes: number, nowMs: number): number | null {
    const mark = ++this.#marks
    const asks = !this.#acknowledges && this.#isTimeToAsk(nowMs)
    this.#flights.push({
      channel,
      seq,
      bytes,
      mark,
      sentAtMs: nowMs,
      askedAtMs: asks || this.#acknowledges ? nowMs : null,
    })
    // Who takes that many without a word is not known better by more of them.
    if (this.#flights.length > 64) this.#keepFrom(1)
    this.#sentAtMs = nowMs
    if (asks) this.#askedAtMs = nowMs
    this.#asked ||= asks || this.#acknowledges
    this.#sizes.add(this.#at(this.#step).quality, bytes)
    return asks ? mark : null
  }

  /**
   * The client shows this picture; those before it have arrived too.
   *
   * @param heldMs so long did it take to show it, while others could come
   */
  acknowledged(channel: number, seq: number, nowMs: number, heldMs = 0): void {
    // From here on each is waited for.
    if (!this.#acknowledges) for (const flight of this.#flights) flight.askedAtMs = flight.sentAtMs
    this.#acknowledges = true
    this.#asked = this.#flights.length > 0
    const at = this.#flights.findLastIndex((one) => one.channel === channel && one.seq <= seq)
    const sentAtMs = this.#flights[at]?.sentAtMs
    if (sentAtMs === undefined) return
    this.#heldMs = Math.min(heldMs, longestHeldMs, nowMs - sentAtMs)
    this.#arrived(at, nowMs - this.#heldMs)
  }

  /** The ping behind a picture came back. @returns the mark for another one, where more is under way that nobody asked for */
  answered(mark: number, nowMs: number): number | null {
    if (this.#acknowledges) return null
    this.#arrived(
      this.#flights.findLastIndex((one) => one.mark <= mark),
      nowMs,
    )
    const last = this.#flights.at(-1)
    if (last === undefined || this.#asked) return null
    last.askedAtMs = nowMs
    this.#asked = true
    return last.mark
  }

  /** Whether it is time to measure the way there and back, just before a picture: there is nothing on it. */
  measuresTrip(nowMs: number): boolean {
    const everyMs = this.#step === 0 ? roundTripSpanMs : measureEveryMs
    if (this.#flights.length > 0 || nowMs - this.#measuredAtMs < everyMs) return false
    this.#measuredAtMs = nowMs
    return true
  }

  /** So long does the way there and back take with nothing on it. */
  roundTrip(tookMs: number, nowMs: number): void {
    if (nowMs - this.#spanSinceMs >= roundTripSpanMs) {
      this.#shortestMs = [Infinity, this.#shortestMs[0]]
      this.#spanSinceMs = nowMs
    }
    this.#shortestMs = [Math.min(tookMs, this.#shortestMs[0]), this.#shortestMs[1]]
  }

  /** Who does not acknowledge, and takes all with ease, is asked less often than with each picture. */
  get #askEveryMs(): number {
    return this.#acknowledges || this.#step > 0 || !this.#calm ? 0 : calmEveryMs
  }

  /** All that are calm are asked with the same picture, the first of a span: their answers come together, and wake the process once. */
  #isTimeToAsk(nowMs: number): boolean {
    const everyMs = this.#askEveryMs
    return everyMs === 0 || Math.floor(nowMs / everyMs) > Math.floor(this.#askedAtMs / everyMs)
  }

  #gridOf(channel: number): { dueMs: number; tookAtMs: number } {
    let grid = this.#grids.get(channel)
    if (grid === undefined) this.#grids.set(channel, (grid = { dueMs: -Infinity, tookAtMs: -Infinity }))
    return grid
  }

  #at(step: number): PictureStep {
    return pictureSteps[step] ?? { quality: 1, perSecond: 30 }
  }

  #bareTripMs(): number {
    const measured = Math.min(...this.#shortestMs)
    if (Number.isFinite(measured)) return measured
    return Number.isFinite(this.#shortestPictureMs) ? this.#shortestPictureMs : 0
  }

  #offeredPerSecond(): number {
    const known = Math.min(this.#offers, offersKept)
    const first = this.#offeredAtMs[(this.#offers - known) % offersKept] ?? 0
    const last = this.#offeredAtMs[(this.#offers + offersKept - 1) % offersKept] ?? 0
    return known < 4 || last <= first ? 30 : ((known - 1) * 1000) / (last - first)
  }

  /** Which part of the time pictures would be under way at a step. */
  #busyAt(step: number, msPerByte = this.#msPerByte): number {
    const perSecond = Math.min(this.#at(step).perSecond * Math.max(1, this.#grids.size), this.#offeredPerSecond())
    return (perSecond / 1000) * this.#sizes.bytesAt(this.#at(step).quality) * msPerByte
  }

  #full(nowMs: number): boolean {
    const { length } = this.#flights
    if (length === 0) return false
    const unknownMs = this.#bareTripMs() + this.#askEveryMs + this.#heldMs
    const most = fewPictures + Math.ceil((unknownMs * 30) / 1000)
    const bytes = this.#flights.reduce((sum, one) => sum + one.bytes, 0)
    const msPerByte = Math.max(this.#msPerByte, this.#lateness(nowMs))
    if (length < most && bytes * msPerByte <= queueMs + unknownMs) return false
    if (nowMs - this.#sentAtMs < silentMs) return true
    this.forget()
    return false
  }

  /** From when its arrival could have been told. */
  #busySinceMs(askedAtMs: number): number {
    return Math.max(askedAtMs + this.#bareTripMs(), this.#arrivedAtMs)
  }

  #arrived(at: number, nowMs: number): void {
    const flight = this.#flights[at]
    if (flight === undefined) return
    const bytes = this.#flights.slice(0, at + 1).reduce((sum, one) => sum + one.bytes, 0)
    this.#keepFrom(at + 1)
    const tookMs = Math.max(0, nowMs - this.#busySinceMs(flight.sentAtMs))
    this.#arrivedAtMs = nowMs
    // Asked for later than it was sent, it may have been there long before.
    if (flight.askedAtMs !== flight.sentAtMs) return
    this.#shortestPictureMs = Math.min(this.#shortestPictureMs, nowMs - flight.sentAtMs)
    this.#slowness.push(tookMs / bytes)
    if (this.#slowness.length > slownessKept) this.#slowness.shift()
    this.#msPerByte = this.#slowness.reduce((sum, one) => sum + one, 0) / this.#slowness.length
    this.#calm = this.#busyAt(0) < calm
    if (this.#slowness.length === slownessKept && this.#busyAt(this.#step) > overloaded)
      this.#goDown(this.#msPerByte, nowMs)
    else this.#goUpIfRoomy(nowMs)
  }

  #keepFrom(first: number): void {
    this.#flights = this.#flights.slice(first)
    this.#asked = this.#flights.some(({ askedAtMs }) => askedAtMs !== null)
  }

  /** ms that a byte takes at least, by the picture that is late; 0 where none is. */
  #lateness(nowMs: number): number {
    if (!this.#asked) return 0
    const at = this.#flights.findIndex(({ askedAtMs }) => askedAtMs !== null)
    const askedAtMs = this.#flights[at]?.askedAtMs ?? null
    if (askedAtMs === null) return 0
    const tookMs = nowMs - this.#heldMs - this.#busySinceMs(askedAtMs)
    const bytes = this.#flights.slice(0, at + 1).reduce((sum, one) => sum + one.bytes, 0)
    return tookMs < lateMs ? 0 : tookMs / bytes
  }

  #noticeLate(nowMs: number): void {
    const msPerByte = this.#lateness(nowMs)
    if (msPerByte > 0 && this.#busyAt(this.#step, msPerByte) > overloaded) this.#goDown(msPerByte, nowMs)
  }

  #goDown(msPerByte: number, nowMs: number): void {
    const last = pictureSteps.length - 1
    let step = this.#step
    while (step < last && this.#busyAt(step, msPerByte) > comfortable) step++
    if (nowMs - this.#wentUpAtMs < failedWithinMs && step > this.#step)
      this.#upAfterMs = Math.min(upAfterAtMostMs, this.#upAfterMs * longerAfterFailure)
    this.#roomSinceMs = null
    this.#step = step
  }

  #goUpIfRoomy(nowMs: number): void {
    const busyAbove = this.#busyAt(this.#step - 1)
    if (this.#step === 0 || busyAbove > roomy) {
      this.#roomSinceMs = null
      return
    }
    this.#roomSinceMs ??= nowMs
    if (nowMs - this.#roomSinceMs < this.#upAfterMs) return
    if (nowMs - this.#wentUpAtMs > upAfterAtMostMs) this.#upAfterMs = upAfterMs
    else if (busyAbove <= roomy / 2) this.#upAfterMs = Math.max(upAfterMs, this.#upAfterMs / 2)
    this.#roomSinceMs = nowMs
    this.#wentUpAtMs = nowMs
    this.#step--
  }
}
