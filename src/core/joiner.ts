import type { Subscriber } from 'rxjs'
import { asSaccadeError, SaccadeError } from './errors.js'
import { CountingGate } from './gate.js'
import { JoinDemand } from './join-demand.js'
import { type Anchor, JoinLanes } from './join-lanes.js'
import { type JoinPlan, type Limit, recordedWaitMs, type Selector } from './join-plan.js'
import type { Choice, JoinSide } from './join-side.js'
import { createPacket, keep, lends, type Packet } from './packet.js'
import type { StageContext } from './stage.js'
import { formatMs } from './units.js'

type Joined = Readonly<Record<string, unknown>>

/** The state of a join under way. All that happens ends in `#run`, which alone gives results: one loop, no recursion (S1, E10). */
export class Joiner {
  readonly #inputs: readonly string[]
  readonly #plan: JoinPlan
  readonly #sides: ReadonlyMap<string, JoinSide>
  readonly #context: StageContext
  readonly #limit: Limit
  readonly #downstream: Subscriber<Packet<Joined>>
  readonly #lanes = new JoinLanes()
  readonly #demand: JoinDemand
  /** Of what recorded anchors give: closed, they wait here. */
  readonly #gate = new CountingGate(() => {
    this.#run()
  })
  #capacity: number
  #running = false
  #again = false
  #anchorEnded = false
  #over = false
  /** The one timer, for the first of the waits that ends. */
  #timer: { readonly dueMs: number; readonly cancel: () => void } | null = null

  constructor(
    inputs: readonly string[],
    plan: JoinPlan,
    sides: ReadonlyMap<string, JoinSide>,
    context: StageContext,
    limit: Limit,
    downstream: Subscriber<Packet<Joined>>,
  ) {
    this.#inputs = inputs
    this.#plan = plan
    this.#sides = sides
    this.#context = context
    this.#limit = limit
    this.#capacity = limit.values
    this.#downstream = downstream
    this.#demand = new JoinDemand(this.#lanes, [...sides.values()], plan.waitMs, () => this.#gate.open)
  }

  offerSide(name: string, side: JoinSide, packet: Packet<unknown>): void {
    if (this.#over) return
    const anew = side.offer(packet, this.#lanes.neededFromMs(side.full), this.#lanes.length > 0)
    if (anew) this.#lanes.forget(name)
    if (side.full) this.#demand.holdSide(side)
    this.#run()
  }

  endSide(side: JoinSide): void {
    side.ended = true
    this.#run()
  }

  offerAnchor(packet: Packet<unknown>): void {
    if (this.#over) return
    this.#context.meter.took()
    this.#demand.hearAnchor(packet)
    if (lends(packet.value)) this.#capacity = this.#limit.frames
    this.#makeRoom(packet)
    // Whom making room gave something to may have ended it all.
    if (this.#isOver()) {
      this.#context.meter.dropped('shutdown')
      return
    }
    this.#lanes.add(packet, this.#context.runtime.clock.nowMs())
    if (this.#isFull()) this.#demand.holdAnchor(true)
    this.#run()
  }

  /** What waits is still decided. */
  endAnchor(): void {
    this.#anchorEnded = true
    this.#run()
  }

  fail(error: unknown): void {
    this.discard()
    this.#context.meter.failed(error)
    this.#downstream.error(error)
  }

  /** Gives back all that is kept, counted as shutdown. */
  discard(): void {
    if (!this.#over) this.#close('shutdown')
  }

  /** Whoever fed it may go on. */
  letGo(): void {
    this.#demand.letGo()
  }

  /** Gives what is ready, lets go what nobody needs, and lets sources go on, until nothing moves any more. */
  #run(): void {
    this.#again = true
    if (this.#running) return
    this.#running = true
    try {
      while (this.#again && !this.#over) {
        this.#again = false
        for (let next = this.#nextReady(); next !== null && !this.#isOver(); next = this.#nextReady())
          this.#decide(next)
        if (this.#isOver() || this.#isDone()) break
        for (const side of this.#sides.values()) side.letGoBefore(this.#lanes.neededFromMs(side.full))
        this.#demand.holdAnchor(this.#isFull())
        for (const side of this.#sides.values()) this.#demand.holdSide(side)
      }
    } finally {
      this.#running = false
    }
    if (this.#isOver()) return
    if (this.#isDone()) {
      // Before those behind hear of it: nothing is held any more then.
      this.#close('rate')
      this.#context.meter.completed()
      this.#downstream.complete()
      return
    }
    this.#setTimer()
  }

  /** Asked anew after each hand-over, as whoever takes a result may end it all. */
  #isOver(): boolean {
    return this.#over
  }

  #isDone(): boolean {
    return this.#anchorEnded && this.#lanes.length === 0
  }

  #isFull(): boolean {
    return this.#lanes.length >= this.#capacity
  }

  /** The first to arrive of those that are decided; the order of each origin stays. */
  #nextReady(): Anchor | null {
    return this.#lanes.first((anchor) => this.#isReady(anchor))
  }

  #isReady(anchor: Anchor): boolean {
    if (!this.#mayLeave(anchor)) return false
    if (anchor.forced) return true
    const nowMs = this.#context.runtime.clock.nowMs()
    for (const side of this.#sides.values()) if (nowMs < this.#dueMs(anchor, side)) return false
    return true
  }

  /** What can wait goes on only when it is asked for. */
  #mayLeave({ packet }: Anchor): boolean {
    return packet.origin.live || this.#gate.open
  }

  /** Until when an anchor item waits for a side; −Infinity where it need not. */
  #dueMs(anchor: Anchor, side: JoinSide): number {
    const { packet, arrivedMs } = anchor
    const { by, withinMs } = side.selector
    if (side.isSettled(packet.capturedAtMs)) return -Infinity
    if (!packet.origin.live) {
      if (side.silent) return -Infinity
      // Not from its arrival: until now the side may have been held for those before it.
      anchor.askedMs ??= this.#context.runtime.clock.nowMs()
      return anchor.askedMs + (this.#plan.waitMs ?? recordedWaitMs)
    }
    // Live, what is known now is what `latest` and `window` are about.
    if (by === 'latest' || by === 'window') return -Infinity
    return arrivedMs + (this.#plan.waitMs ?? withinMs)
  }

  /** Gives an anchor item with what there is for it, or drops it as the policy says. */
  #decide(anchor: Anchor): void {
    const { meter, runtime, name } = this.#context
    const { packet } = anchor
    this.#lanes.take(anchor)
    let value: Joined | null
    try {
      value = this.#valueFor(anchor)
    } catch (thrown) {
      meter.dropped('error')
      anchor.letGo()
      this.fail(
        asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({
          stage: name,
          origin: packet.origin.name,
          seq: packet.seq,
        }),
      )
      return
    }
    for (const side of this.#sides.values()) this.#markSilent(side, anchor)
    if (value === null) {
      this.#lanes.lose(anchor, anchor.forced ? 1 : 0)
      meter.dropped(anchor.forced ? 'overflow' : 'empty')
      anchor.letGo()
      return
    }
    const gate = packet.origin.live ? packet.gate : this.#gate
    const joined = createPacket({ ...packet, lost: this.#lanes.lostBefore(anchor), value, gate })
    // While it is handed on, what arrives may push its frames out of the sides.
    const letFramesGo = keep(joined)
    const nowMs = runtime.clock.nowMs()
    meter.gave(nowMs - anchor.arrivedMs, nowMs - packet.capturedAtMs, nowMs)
    try {
      this.#downstream.next(joined)
    } finally {
      letFramesGo()
      anchor.letGo()
    }
  }

  /** A recorded item that waited in vain: the next ones do not wait for this side again before it says something. */
  #markSilent(side: JoinSide, { packet, forced }: Anchor): void {
    if (!packet.origin.live && !forced && !side.isSettled(packet.capturedAtMs)) side.silent = true
  }

  /** The anchor's value with what each side has for it, in the order of the inputs; null where it is to be dropped. */
  #valueFor(anchor: Anchor): Joined | null {
    const { packet } = anchor
    const { missing } = this.#plan
    const values: Record<string, unknown> = {}
    const choices: { readonly input: string; readonly side: JoinSide; readonly choice: Choice }[] = []
    for (const input of this.#inputs) {
      const side = this.#sides.get(input)
      const choice = side?.choose(packet.capturedAtMs) ?? null
      if (side === undefined) values[input] = packet.value
      else if (choice !== null) {
        values[input] = choice.value
        choices.push({ input, side, choice })
      } else if (missing === 'error') throw nothingFor(input, side.selector)
      else if (missing === 'partial') values[input] = null
      else {
        const before = missing === 'hold' ? this.#lanes.usedLast(anchor, input) : undefined
        if (before === undefined) return null
        values[input] = before.value
      }
    }
    for (const { input, side, choice } of choices) {
      side.use(choice)
      if (missing === 'hold') this.#lanes.remember(anchor, input, choice)
    }
    return values
  }

  /**
   * Where it is full the anchor item that waits longest is decided at once. While another is handed on that has to wait: what is
   * recorded is one too many until then, as its source is held; what is live gives way to the one that comes.
   */
  #makeRoom({ origin }: Packet<unknown>): void {
    while (this.#isFull()) {
      const oldest = this.#lanes.first(() => true)
      if (oldest === null) return
      const mayLeave = this.#mayLeave(oldest)
      oldest.forced = mayLeave
      if (mayLeave && this.#running && !origin.live) return
      if (mayLeave && !this.#running) this.#run()
      else {
        this.#lanes.take(oldest)
        this.#lanes.lose(oldest, 1)
        oldest.letGo()
        this.#context.meter.dropped('overflow')
      }
    }
  }

  #setTimer(): void {
    const { clock } = this.#context.runtime
    let dueMs = Infinity
    for (const first of this.#lanes.firsts()) {
      if (!this.#mayLeave(first)) continue
      let lastMs = -Infinity
      for (const side of this.#sides.values()) lastMs = Math.max(lastMs, this.#dueMs(first, side))
      dueMs = Math.min(dueMs, lastMs)
    }
    dueMs = Math.min(dueMs, this.#demand.dueMs(clock.nowMs()))
    // An earlier one is not worth taking back: it looks again.
    if (this.#timer !== null && this.#timer.dueMs <= dueMs && dueMs !== Infinity) return
    this.#timer?.cancel()
    this.#timer = null
    if (dueMs === Infinity) return
    const cancel = clock.at(dueMs, () => {
      this.#timer = null
      this.#demand.giveUpWhereDue(clock.nowMs())
      this.#run()
    })
    this.#timer = { dueMs, cancel }
  }

  #close(reason: 'rate' | 'shutdown'): void {
    this.#over = true
    this.#timer?.cancel()
    this.#timer = null
    const waited = this.#lanes.clear()
    if (waited > 0) this.#context.meter.dropped('shutdown', waited)
    for (const side of this.#sides.values()) side.clear(reason)
  }
}

function nothingFor(input: string, { by, withinMs }: Selector): SaccadeError {
  return new SaccadeError(
    `nothing of ${input} is there for it (${by} within ${formatMs(withinMs)}), and missing says error`,
    {
      code: 'stage',
      remedy: 'write missing: skip, hold or partial, or let the selector reach further',
    },
  )
}
