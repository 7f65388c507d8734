import { defer, finalize, map, type MonoTypeOperatorFunction, type Observable, share, type ShareConfig } from 'rxjs'
import { freeGate, type Gate } from './gate.js'
import { delivered, type Packet } from './packet.js'

/** The shared stream behind each fan-out, for those who only look. */
const shared = new WeakMap<object, Observable<Packet<unknown>>>()

/**
 * Like RxJS's `share()`, with a gate of its own for each branch, so that branches are independent (E6): whoever feeds them
 * is held while one of them holds that says so (a written `block`, a stage without an edge), or while all of them hold by
 * default. A default `block` beside a branch that goes on is lossy, and counts what it loses.
 *
 *     in         -a-b-c-d-e-    a file, as fast as it is taken
 *     detector   -a-----c---    brought a default block along: b is dropped, counted, and told by c
 *     viewer     -a-b-c-d-e-    is not held up
 *
 * Order stays; what comes first comes to the branch first that came first. Ends as `share()` does.
 *
 * @example
 * const faces$ = media('demo:demo.mp4').video$.pipe(detectFaces(), fanOut())
 */
export function fanOut<T>(
  config: Pick<ShareConfig<Packet<T>>, 'resetOnComplete' | 'resetOnError'> = {},
): MonoTypeOperatorFunction<Packet<T>> {
  return (source) => {
    const shared$ = source.pipe(share(config))
    const junctions = new Map<Gate, Junction>()
    const branches = new Set<Branch>()
    const settle = (): void => {
      for (const junction of [...junctions.values()]) junction.settle()
    }
    const branched$ = defer(() => {
      const branch = new Branch(branches, junctions)
      branches.add(branch)
      settle()
      return shared$.pipe(
        map((packet) => branch.give(packet)),
        finalize(() => {
          branches.delete(branch)
          branch.leave()
          settle()
          // What fed them is gone with the last of them.
          if (branches.size === 0) junctions.clear()
        }),
      )
    })
    shared.set(branched$, shared$)
    return branched$
  }
}

/** Looks at what a fan-out gives without being one of its branches: whoever only looks holds nobody up. */
export function withoutDemand<T>(packets$: Observable<Packet<T>>): Observable<Packet<T>> {
  const shared$ = shared.get(packets$) as Observable<Packet<T>> | undefined
  return (shared$ ?? packets$).pipe(
    map((packet) => (packet.gate === freeGate ? packet : delivered(packet, 0, freeGate))),
  )
}

/** One subscriber: it gets each packet with a gate of its own before the feeder's. */
class Branch {
  readonly #all: ReadonlySet<Branch>
  readonly #junctions: Map<Gate, Junction>
  readonly #gates = new Map<Gate, BranchGate>()

  constructor(all: ReadonlySet<Branch>, junctions: Map<Gate, Junction>) {
    this.#all = all
    this.#junctions = junctions
  }

  give<T>(packet: Packet<T>): Packet<T> {
    // A live source cannot be held by anyone.
    if (packet.gate === freeGate) return packet
    let gate = this.#gates.get(packet.gate)
    if (gate === undefined) {
      const junction = this.#junctions.get(packet.gate) ?? new Junction(packet.gate, this.#all)
      this.#junctions.set(packet.gate, junction)
      gate = new BranchGate(junction)
      this.#gates.set(packet.gate, gate)
    }
    return delivered(packet, 0, gate)
  }

  leave(): void {
    for (const gate of this.#gates.values()) gate.leave()
  }
}

/** What one branch holds of one feeder. */
class BranchGate implements Gate {
  readonly #junction: Junction
  #said = 0
  #byDefault = 0
  #left = false

  constructor(junction: Junction) {
    this.#junction = junction
  }

  get open(): boolean {
    return this.#said + this.#byDefault === 0
  }

  hold(byDefault = false): () => void {
    let holding = true
    this.#count(byDefault, 1)
    return () => {
      if (!holding) return
      holding = false
      this.#count(byDefault, -1)
    }
  }

  leave(): void {
    const [said, byDefault] = [this.#said > 0, this.#byDefault > 0]
    this.#left = true
    if (said) this.#junction.said--
    if (byDefault) this.#junction.byDefault--
  }

  #count(byDefault: boolean, step: 1 | -1): void {
    if (this.#left) return
    const held = byDefault ? (this.#byDefault += step) : (this.#said += step)
    if (held !== (step === 1 ? 1 : 0)) return
    if (byDefault) this.#junction.byDefault += step
    else this.#junction.said += step
    this.#junction.settle()
  }
}

/** Where all branches meet before one feeder: holds it for them. */
class Junction {
  /** How many branches hold it because they say so. */
  said = 0
  /** How many hold it by default. */
  byDefault = 0
  readonly #feeder: Gate
  readonly #branches: ReadonlySet<Branch>
  #held: 'not' | 'said' | 'by default' = 'not'
  #letGo: () => void = () => undefined

  constructor(feeder: Gate, branches: ReadonlySet<Branch>) {
    this.#feeder = feeder
    this.#branches = branches
  }

  settle(): void {
    const all = this.byDefault > 0 && this.byDefault === this.#branches.size
    const wanted = this.said > 0 ? 'said' : all ? 'by default' : 'not'
    if (wanted === this.#held) return
    const letGo = this.#letGo
    this.#held = wanted
    this.#letGo = wanted === 'not' ? () => undefined : this.#feeder.hold(wanted === 'by default')
    // Last: a feeder that is let go may deliver at once, and be held again.
    letGo()
  }
}
