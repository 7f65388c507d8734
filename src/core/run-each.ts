import { Observable, type OperatorFunction, skip, Subscription } from 'rxjs'
import { drive } from './drive.js'
import type { Meter } from './meter.js'
import { type Origin, type Packet, type PacketFacts, renewed, withValue } from './packet.js'
import type { StageContext } from './stage.js'
import { failureOf } from './work-errors.js'

type Call = (value: unknown, about: PacketFacts) => unknown
/** One stage: how to make its function, which keeps the state, and whose counters it moves. */
type Link = { readonly create: () => Call; readonly context: StageContext }
/** Stages in a row, and what feeds the first of them. */
type Chain = { readonly root: Observable<Packet<unknown>>; readonly links: readonly Link[] }

/** How the outputs of `each` stages come about, so that the next one can be run in one with them. */
const chains = new WeakMap<object, Chain>()

/**
 * Runs a synchronous stage, one value in, one value out, in the turn of the arrival; state is kept for each origin (S2) and
 * begun anew after a restart upstream (S3). Stages that stand in a row are run as one: a packet is copied once and timed
 * once, by the last of them; each counts its own. Where the options of one change, it and those behind it begin anew, and
 * the epoch says so.
 *
 *     in    -a-------b-
 *     out   -h(g(f(a)))-h(g(f(b)))-    of f, g and h
 */
export function runEach<In, Out>(
  create: () => (value: In, about: PacketFacts) => Out,
  context: StageContext,
): OperatorFunction<Packet<In>, Packet<Out>> {
  const link: Link = { create: create as () => Call, context }
  return (source) => {
    const before = chains.get(source)
    const chain: Chain =
      before?.links[0]?.context.runtime === context.runtime
        ? { root: before.root, links: [...before.links, link] }
        : { root: source, links: [link] }
    const output = new Observable<Packet<unknown>>((downstream) => {
      const { step, changes } = createStep(chain, (error) => {
        downstream.error(error)
      })
      downstream.add(changes)
      downstream.add(() => {
        for (const { context } of chain.links) context.meter.stopped()
      })
      drive(
        chain.root,
        downstream,
        (packet) => {
          const result = step(packet)
          if (result !== null) downstream.next(result)
        },
        () => {
          for (const { context } of chain.links) context.meter.completed()
          downstream.complete()
        },
        (error) => {
          for (const { context } of chain.links) context.meter.failed(error)
          downstream.error(error)
        },
      )
    })
    chains.set(output, chain)
    return output as Observable<Packet<Out>>
  }
}

/** What the chain makes of a packet, or null where a stage failed on it; and what watches for changes. */
function createStep(
  { links }: Chain,
  failed: (error: unknown) => void,
): { readonly step: (packet: Packet<unknown>) => Packet<unknown> | null; readonly changes: Subscription } {
  const states = createStates()
  const changes = new Subscription()
  let epochs = 0
  const count = (): void => {
    epochs = links.reduce((sum, { context }) => sum + (context.changing?.value.changes ?? 0), 0)
  }
  for (const [index, { context }] of links.entries()) {
    const changed = context.changing?.pipe(skip(1)).subscribe(() => {
      states.forget(index)
      count()
    })
    changes.add(changed)
  }
  count()
  const meters = links.map(({ context }) => context.meter)
  const end = links.length - 1
  const last = meters[end] as Meter
  const { clock } = (links[0] as Link).context.runtime
  const step = (packet: Packet<unknown>): Packet<unknown> | null => {
    const calls = states.of(packet)
    const tookAtMs = last.timesNext ? clock.nowMs() : undefined
    let { value } = packet
    let at = 0
    try {
      for (const meter of meters) {
        meter.took()
        const call = (calls[at] ??= (links[at] as Link).create())
        value = call(value, packet)
        if (at < end) meter.passed(tookAtMs)
        at++
      }
    } catch (thrown) {
      fail(links.slice(at), packet, thrown, failed)
      return null
    }
    if (tookAtMs === undefined) last.passed()
    else {
      const nowMs = clock.nowMs()
      last.gave(nowMs - tookAtMs, nowMs - packet.capturedAtMs, nowMs)
    }
    return renewed(withValue(packet, value), epochs)
  }
  return { step, changes }
}

type States = {
  /** The functions of a packet's stream: those that there are already, or none where it is new or was built anew. */
  readonly of: (packet: Packet<unknown>) => (Call | undefined)[]
  /** The stages from this one on begin anew. */
  readonly forget: (from: number) => void
}

function createStates(): States {
  type State = { readonly epoch: number; readonly calls: (Call | undefined)[] }
  const states = new Map<Origin, State>()
  return {
    of({ origin, epoch }) {
      const known = states.get(origin)
      if (known !== undefined && epoch <= known.epoch) return known.calls
      const calls: (Call | undefined)[] = []
      states.set(origin, { epoch, calls })
      return calls
    },
    forget(from) {
      for (const { calls } of states.values()) calls.length = Math.min(calls.length, from)
    },
  }
}

/** The first of these stages failed on a packet; those behind it are dead with it, unless it skips. */
function fail(
  [link, ...behind]: readonly Link[],
  packet: Packet<unknown>,
  thrown: unknown,
  failed: (error: unknown) => void,
): void {
  if (link === undefined) throw thrown
  const { name, meter, how, runtime } = link.context
  meter.dropped('error')
  const error = failureOf(thrown, name, packet)
  if (how.onError === 'skip') {
    runtime.tellOnce('warning', `${name} skipped an item: ${error.message}`)
    return
  }
  meter.failed(error.message)
  for (const { context } of behind) context.meter.failed(error)
  failed(error)
}
