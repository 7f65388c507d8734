import fc from 'fast-check'
import { map, Observable, of, share, Subject, take, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { fanOut, withoutDemand } from '../../src/core/fan-out.js'
import { CountingGate, type Gate } from '../../src/core/gate.js'
import type { Packet } from '../../src/core/packet.js'
import { runProcess } from '../../src/core/run-process.js'
import { definePort } from '../../src/core/stage.js'
import { throughEdge } from '../../src/core/through-edge.js'
import { packets } from '../../src/streams/packets.js'
import { runs } from '../helpers/runs.js'
import { contextOf, heldOf, packetOf, recorded, virtualRuntime } from './births.js'

const numbers = definePort<number>('number', 'a number')

type BranchFacts = {
  readonly whenFull: 'block' | 'latest' | 'drop-oldest'
  readonly byDefault: boolean
  readonly capacity: number
  /** What the work behind the edge takes for each item. */
  readonly costMs: number
}

type Given = { readonly seq: number; readonly lost: number; readonly atMs: number }

/** A recorded stream of so many numbers, and branches with an edge and work each: what each gave, and what its edge dropped. */
async function run(count: number, branches: readonly BranchFacts[]) {
  const { clock, runtime } = virtualRuntime((virtual) => ({
    ...virtual,
    work: (key, start, deliver) =>
      virtual.work({ ...key, costMs: branches[Number(key.stage.slice(4))]?.costMs ?? 0 }, start, deliver),
  }))
  const given = branches.map(() => [] as Given[])
  const edges = branches.map((_, index) => contextOf(runtime, `edge${String(index)}`))
  runtime.run(() => {
    const numbers$ = packets(Array(count).keys()).pipe(fanOut())
    for (const [index, { whenFull, byDefault, ...facts }] of branches.entries()) {
      const edge = edges[index] ?? expect.unreachable()
      const capacity = whenFull === 'latest' ? 1 : facts.capacity
      throughEdge(numbers$, { whenFull, byDefault, capacity, maxAgeMs: null }, edge)
        .pipe(runProcess(() => (value: number) => of(value), numbers, contextOf(runtime, `work${String(index)}`)))
        .subscribe(({ seq, lost }) => given[index]?.push({ seq, lost, atMs: clock.nowMs() }))
    }
  })
  await clock.run(() => false)
  for (const { meter } of edges) expect(heldOf(meter)).toBe(0)
  return { given, overflows: edges.map(({ meter }) => meter.droppedBy('overflow')) }
}

const anyCost = fc.integer({ min: 0, max: 9 })
const anyCapacity = fc.integer({ min: 1, max: 3 })
const anyBranch: fc.Arbitrary<BranchFacts> = fc.record({
  whenFull: fc.constantFrom('block', 'latest', 'drop-oldest'),
  byDefault: fc.boolean(),
  capacity: anyCapacity,
  costMs: anyCost,
})
const says = (branch: BranchFacts): boolean => branch.whenFull === 'block' && !branch.byDefault

describe('fanOut', () => {
  test('law (E6): where all branches say block nothing is lost, whatever each takes', async () => {
    const all = fc.array(fc.record({ capacity: anyCapacity, costMs: anyCost }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.nat(20), all, async (count, facts) => {
        const branches = facts.map((one) => ({ ...one, whenFull: 'block' as const, byDefault: false }))
        const { given, overflows } = await run(count, branches)
        for (const branch of given) {
          expect(branch.map(({ seq }) => seq)).toEqual([...Array(count).keys()])
          expect(branch.every(({ lost }) => lost === 0)).toBe(true)
        }
        expect(overflows).toEqual(facts.map(() => 0))
      }),
      { numRuns: runs(100) },
    )
  })

  test('law (E6): one that says block loses nothing, whatever its siblings are; what others lose is counted and told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(20), fc.array(anyBranch, { minLength: 1, maxLength: 4 }), async (count, branches) => {
        const { given, overflows } = await run(count, branches)
        for (const [index, branch] of branches.entries()) {
          const seqs = given[index] ?? []
          if (says(branch)) expect(overflows[index]).toBe(0)
          expect(seqs.length + (overflows[index] ?? 0), 'E7').toBe(count)
          expect(seqs.map(({ seq }) => seq)).toEqual([...new Set(seqs.map(({ seq }) => seq))].sort((a, b) => a - b))
          for (const [nth, { seq, lost }] of seqs.entries())
            expect(lost, 'E8').toBe(seq - (seqs[nth - 1]?.seq ?? -1) - 1)
        }
        // By default alone it is no worse: where nobody else takes part, it blocks.
        if (branches.length === 1 && branches[0]?.whenFull === 'block') expect(overflows).toEqual([0])
      }),
      { numRuns: runs(100) },
    )
  })

  test('law (E6): when a branch gets its packets does not depend on a slow sibling, unless that says block', async () => {
    const fast = anyBranch.filter((branch) => !says(branch))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fast, fast, anyCost, async (count, one, sibling, otherMs) => {
        const slow = { ...sibling, costMs: one.costMs + otherMs }
        const slower = { ...slow, costMs: slow.costMs + 50 }
        const paces = [await run(count, [one, slow]), await run(count, [one, slower])].map(
          ({ given }) => given[0] ?? [],
        )
        // While it has enough to do; at the end of the stream the last ones differ.
        const common = Math.min(...paces.map((given) => given.length))
        const [first, second] = paces.map((given) => given.slice(0, common).map(({ atMs }) => atMs))
        expect(first).toEqual(second)
      }),
      { numRuns: runs(100) },
    )
  })

  test('a viewer beside a default block is not held up; one that says block holds it up', async () => {
    const seen = async (byDefault: boolean) => {
      const { clock, runtime } = virtualRuntime((virtual) => ({
        ...virtual,
        work: (key, start, deliver) => virtual.work({ ...key, costMs: 10 }, start, deliver),
      }))
      const viewed: Given[] = []
      const edge = contextOf(runtime, 'edge')
      runtime.run(() => {
        const numbers$ = packets([0, 1, 2, 3]).pipe(fanOut())
        throughEdge(numbers$, { whenFull: 'block', capacity: 1, maxAgeMs: null, byDefault }, edge)
          .pipe(runProcess(() => (value: number) => of(value), numbers, contextOf(runtime, 'work')))
          .subscribe()
        numbers$.subscribe(({ seq, lost }) => viewed.push({ seq, lost, atMs: clock.nowMs() }))
      })
      await clock.run(() => false)
      return { at: viewed.map(({ atMs }) => atMs), overflow: edge.meter.droppedBy('overflow') }
    }
    // a is worked on and b waits; c and d are too many.
    expect(await seen(true)).toEqual({ at: [0, 0, 0, 0], overflow: 2 })
    expect(await seen(false)).toEqual({ at: [0, 0, 10, 20], overflow: 0 })
  })

  /** A fan-out of a feeder whose gate one can look at. */
  function createScene() {
    const feeder = new CountingGate(() => undefined)
    const source$ = new Subject<Packet<number>>()
    const branched$ = source$.pipe(fanOut())
    const join = () => {
      let gate: Gate | null = null
      const subscription = branched$.subscribe((packet) => (gate = packet.gate))
      return { subscription, gate: () => gate }
    }
    let seq = 0
    const feed = (): void => {
      source$.next(packetOf(seq, { origin: recorded, seq: seq++, gate: feeder }))
    }
    return { feeder, source$, branched$, join, feed }
  }

  test('law (E6): the feeder is held while one says so, or all do by default, through any joining, leaving and twice letting go', () => {
    const branch = fc.nat(3)
    const anyAct = fc.oneof(
      fc.record({ do: fc.constant('join' as const) }),
      fc.record({ do: fc.constant('leave' as const), branch }),
      fc.record({
        do: fc.constantFrom('hold' as const, 'open' as const, 'open again' as const),
        branch,
        byDefault: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 40 }), (acts) => {
        const { feeder, join, feed } = createScene()
        type Hold = { readonly byDefault: boolean; readonly letGo: () => void; live: boolean }
        const branches = [join()].map((one) => ({ ...one, holds: [] as Hold[] }))
        const gone: Hold[] = []
        feed()
        for (const act of acts) {
          if (act.do === 'join') {
            branches.push({ ...join(), holds: [] })
            feed()
          } else {
            const one = branches[act.branch % Math.max(1, branches.length)]
            if (one === undefined) continue
            if (act.do === 'leave') {
              one.subscription.unsubscribe()
              branches.splice(branches.indexOf(one), 1)
              gone.push(...one.holds)
            } else if (act.do === 'hold') {
              const letGo = one.gate()?.hold(act.byDefault) ?? expect.unreachable()
              one.holds.push({ byDefault: act.byDefault, letGo, live: true })
            } else {
              const hold = one.holds.find(
                ({ live, byDefault }) => live === (act.do === 'open') && byDefault === act.byDefault,
              )
              hold?.letGo()
              if (hold !== undefined) hold.live = false
            }
          }
          // Of a branch that has left nothing counts any more.
          for (const hold of gone.splice(0, 1)) hold.letGo()
          const holds = (byDefault: boolean) =>
            branches.filter((one) => one.holds.some((hold) => hold.live && hold.byDefault === byDefault)).length
          const held = holds(false) > 0 || (branches.length > 0 && holds(true) === branches.length)
          expect(feeder.open).toBe(!held)
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  test('who only looks is no branch: it holds nobody up and is waited for by nobody', () => {
    const { feeder, branched$, join, feed } = createScene()
    const looked: Packet<number>[] = []
    withoutDemand(branched$).subscribe((packet) => looked.push(packet))
    const { gate } = join()
    feed()
    looked[0]?.gate.hold()
    expect([feeder.open, looked[0]?.gate.open]).toEqual([true, true])
    const letGo = gate()?.hold(true)
    expect(feeder.open).toBe(false)
    letGo?.()
    expect(feeder.open).toBe(true)
  })

  test('what is live passes as it is: nobody can hold it', () => {
    const packet = packetOf('a')
    const seen: unknown[] = []
    of(packet)
      .pipe(fanOut())
      .subscribe((one) => seen.push(one))
    expect(seen[0]).toBe(packet)
  })

  test('a fan-out behind a fan-out passes on whether it was said', () => {
    const { feeder, branched$, join, feed } = createScene()
    const gates: Gate[] = []
    const inner$ = branched$.pipe(
      map((packet) => packet),
      fanOut(),
    )
    for (let n = 0; n < 2; n++) inner$.subscribe(({ gate }) => gates.push(gate))
    const sibling = join()
    feed()
    const [first, second] = gates.map((gate) => gate.hold(true))
    expect(feeder.open, 'both inner branches by default, the sibling goes on').toBe(true)
    const letGo = sibling.gate()?.hold(true)
    expect(feeder.open, 'all by default').toBe(false)
    letGo?.()
    const said = gates[0]?.hold()
    expect(feeder.open, 'one says so').toBe(false)
    said?.()
    first?.()
    second?.()
    expect(feeder.open).toBe(true)
  })

  test("RxJS's own share() lets the gate through: then any branch holds all", () => {
    const feeder = new CountingGate(() => undefined)
    const source$ = new Subject<Packet<number>>()
    const shared$ = source$.pipe(share())
    const gates: Gate[] = []
    shared$.subscribe()
    shared$.subscribe(({ gate }) => gates.push(gate))
    source$.next(packetOf(1, { origin: recorded, gate: feeder }))
    gates[0]?.hold(true)
    expect(feeder.open).toBe(false)
  })

  test('it ends as share() does: together, and anew where it is told so', () => {
    let subscribed = 0
    const source$ = new Observable<Packet<string>>((downstream) => {
      subscribed++
      return of(packetOf('a')).subscribe(downstream)
    })
    const once$ = source$.pipe(fanOut({ resetOnComplete: false }))
    const anew$ = source$.pipe(fanOut())
    for (const branched$ of [once$, once$, anew$, anew$]) branched$.subscribe()
    expect(subscribed).toBe(1 + 2)
    const errors: unknown[] = []
    const broken$ = throwError(() => new Error('broken')).pipe(fanOut())
    broken$.subscribe({ error: (error: Error) => errors.push(error.message) })
    expect(errors).toEqual(['broken'])
  })

  test('a synchronous source is stopped when its only branch has what it wants', () => {
    let fed = 0
    const endless$ = new Observable<Packet<number>>((downstream) => {
      while (!downstream.closed) downstream.next(packetOf(fed++))
    })
    endless$.pipe(fanOut(), take(3)).subscribe()
    expect(fed).toBe(3)
  })
})

type HoldAct = { readonly do: 'said' | 'byDefault' | 'letGo' | 'leave'; readonly branch: number; readonly nth: number }

test('law (E6): the feeder is held while one branch says so, or while all hold by default; each is let go once, and how it is held is passed on', () => {
  const anyAct: fc.Arbitrary<HoldAct> = fc.record({
    do: fc.constantFrom('said', 'byDefault', 'byDefault', 'letGo', 'letGo', 'leave'),
    branch: fc.nat(2),
    nth: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(anyAct, { maxLength: 30 }), (count, acts) => {
      const held: boolean[] = []
      const feeder: Gate = {
        get open() {
          return held.length === 0
        },
        hold: (byDefault = false) => {
          held.push(byDefault)
          return () => held.splice(held.indexOf(byDefault), 1)
        },
      }
      const source$ = new Subject<Packet<number>>()
      const shared$ = source$.pipe(fanOut())
      const gates: Gate[] = []
      const subscriptions = Array.from({ length: count }, (_, index) =>
        shared$.subscribe(({ gate }) => {
          gates[index] = gate
        }),
      )
      source$.next(packetOf(0, { origin: recorded, gate: feeder }))
      // A list of holds for each branch that is still there: what was let go twice, or after it left, changes nothing.
      const model = Array.from({ length: count }, () => ({
        gone: false,
        holds: [] as { kind: string; letGo: () => void; on: boolean }[],
      }))
      for (const { do: what, branch: chosen, nth } of acts) {
        const index = chosen % count
        const branch = model[index] ?? expect.unreachable()
        if (what === 'leave') {
          subscriptions[index]?.unsubscribe()
          branch.gone = true
        } else if (what === 'letGo') {
          const hold = branch.holds[nth % Math.max(1, branch.holds.length)]
          hold?.letGo()
          if (hold !== undefined) hold.on = false
        } else {
          const letGo = gates[index]?.hold(what === 'byDefault') ?? expect.unreachable()
          branch.holds.push({ kind: what, letGo, on: true })
        }
        const there = model.filter(({ gone }) => !gone)
        const holds = (kind: string) => there.filter(({ holds: all }) => all.some((one) => one.on && one.kind === kind))
        const said = holds('said').length > 0
        const all = there.length > 0 && holds('byDefault').length === there.length
        expect(held).toEqual(said ? [false] : all ? [true] : [])
        for (const [at, one] of model.entries())
          if (!one.gone) expect(gates[at]?.open, 'its own').toBe(one.holds.every(({ on }) => !on))
      }
    }),
    { numRuns: runs(1000) },
  )
})
