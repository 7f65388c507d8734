import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SaccadeError } from '../../src/core/errors.js'
import type { Restart } from '../../src/core/stage.js'
import type { RunState } from '../../src/core/wire.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import type { Plan } from '../../src/engine/planned.js'
import { Run } from '../../src/engine/run.js'
import { heldOf } from '../core/births.js'
import { anyRestart } from '../core/restarts.js'
import { runs } from '../helpers/runs.js'
import { arrivals, type Collected, collecting, dawdle, mortalEach, mortalPackets, mortalWork } from './stages.js'

const forms = ['mortal-each', 'mortal-work', 'mortal-packets'] as const

/** An operator of a graph: what it takes from (−1 is the stream), and when and how it dies. */
type Node = {
  readonly name: string
  readonly form: (typeof forms)[number]
  readonly from: number
  readonly dies: readonly number[]
  readonly policy: 'fail' | 'skip' | 'restart'
}
type Graph = { readonly gapsMs: readonly number[]; readonly nodes: readonly Node[]; readonly restart: Restart }

const anyGraph: fc.Arbitrary<Graph> = fc.record({
  gapsMs: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 }),
  nodes: fc
    .array(
      fc.record({
        form: fc.constantFrom(...forms),
        from: fc.nat(9),
        dies: fc.array(fc.nat(11), { maxLength: 2 }),
        policy: fc.constantFrom('fail' as const, 'skip' as const, 'restart' as const),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((nodes) =>
      nodes.map(({ from, policy, ...node }, index) => ({
        ...node,
        name: `op${String(index)}`,
        from: (from % (index + 1)) - 1,
        // What touches packets is not one for one, and cannot skip.
        policy: policy === 'skip' && node.form === 'mortal-packets' ? ('fail' as const) : policy,
      })),
    ),
  restart: anyRestart,
})

/** The graph as a file, with a sink for the stream and for each operator. */
function written({ gapsMs, nodes }: Graph, kept: readonly Node[]): string {
  const operators = kept.map(({ name, form, from, dies, policy }) => {
    const onError = policy === 'skip' ? ', onError: skip' : ''
    return `  ${name}: { from: ${nodes[from]?.name ?? 'cam'}, pipe: [ { ${form}: { dies: [${dies.join(', ')}] }${onError} } ] }`
  })
  const sinks = ['cam', ...kept.map(({ name }) => name)].map((name) => `  of-${name}: { from: ${name}, collect: {} }`)
  return [
    'saccade: 1',
    `streams:\n  cam: { arrivals: { gaps: [${gapsMs.join(', ')}] } }`,
    ...(operators.length === 0 ? [] : ['operators:', ...operators]),
    'sinks:',
    ...sinks,
  ].join('\n')
}

/** With the restarts, which these laws do not read from the file. */
function restarting(plan: Plan, { nodes, restart }: Graph): Plan {
  const entries = plan.entries.map((entry) => {
    if (nodes.find(({ name }) => name === entry.name)?.policy !== 'restart') return entry
    const steps = entry.steps.map((step) => (step.inserted ? step : { ...step, how: { onError: { restart } } }))
    return { ...entry, steps }
  })
  return { ...plan, entries }
}

type Played = {
  readonly run: Run
  readonly collected: Collected
  readonly failures: readonly SaccadeError[]
  readonly state: RunState
}

async function play(graph: Graph, kept: readonly Node[] = graph.nodes): Promise<Played> {
  const collected: Collected = new Map()
  const stages = [arrivals, mortalEach, mortalWork, mortalPackets, dawdle, collecting(collected)]
  const plan = restarting(await loadPlan('graph.yaml', written(graph, kept), { stages }), graph)
  const run = new Run(plan, { clock: 'virtual' })
  const failures: SaccadeError[] = []
  run.failures$.subscribe((error) => failures.push(error))
  const ended = new Promise<void>((resolve) => {
    run.state$.subscribe({ complete: resolve })
  })
  await run.start()
  await ended
  return { run, collected, failures, state: run.snapshot() }
}

const ancestorsOf = ({ nodes }: Graph, node: Node | undefined): readonly Node[] =>
  node === undefined ? [] : [...ancestorsOf({ nodes } as Graph, nodes[node.from]), node]

describe('a branch that dies', () => {
  test('law (S4, S1, E7): takes nothing with it: what does not hang on it is as it would be without it', async () => {
    const seen = { deaths: 0, siblings: 0 }
    await fc.assert(
      fc.asyncProperty(anyGraph, async (graph) => {
        const { run, collected, failures, state } = await play(graph)
        const dead = new Set(failures.map(({ stage }) => stage?.split('/')[0]))
        const hangs = (node: Node): boolean => ancestorsOf(graph, node).some(({ name }) => dead.has(name))
        const living = graph.nodes.filter((node) => !hangs(node))

        const without = await play(graph, living)
        expect(without.failures).toEqual([])
        for (const [sink, lines] of without.collected) expect([sink, collected.get(sink)]).toEqual([sink, lines])
        seen.deaths += dead.size > 0 ? 1 : 0
        seen.siblings += dead.size > 0 && living.some(({ dies }) => dies.length > 0) ? 1 : 0

        // It is seen on the run: by its end, on the stage, and on those that it starves.
        expect(run.state$.value).toMatchObject(
          failures.length === 0 ? { state: 'stopped' } : { state: 'failed', cause: failures[0] },
        )
        for (const node of graph.nodes) {
          const { name } = node
          const above = ancestorsOf(graph, node).slice(0, -1)
          const starving = above.filter((one) => dead.has(one.name)).map((one) => `${one.name}/${one.form}`)
          expect([name, [...(state.stages[name]?.starvedBy ?? [])].sort()]).toEqual([name, starving.sort()])
          const sink = state.stages[`of-${name}`]
          const all = dead.has(name) ? [...starving, `${name}/${node.form}`] : starving
          expect([...(sink?.starvedBy ?? [])].sort()).toEqual(all.sort())
          expect(sink?.state, 'a sink lives on in silence').toBe('completed')
          expect(state.stages[name]?.state).toBe(hangs(node) ? 'failed' : 'completed')
          if (dead.has(name)) expect(state.stages[name]?.error).toMatch(/^cannot take/)
        }
        for (const meter of run.runtime.meters.values()) expect(heldOf(meter)).toBe(0)
        expect(run.runtime.clock.timers()).toBe(0)
      }),
      { numRuns: runs(200) },
    )
    expect(seen.deaths).toBeGreaterThan(runs(200) / 4)
    expect(seen.siblings).toBeGreaterThan(runs(200) / 20)
  })

  test('of several that are merged one dies, and the others go on', async () => {
    const collected: Collected = new Map()
    const text = `saccade: 1
streams:
  left: { arrivals: { gaps: [10, 10, 10] } }
  right: { arrivals: { gaps: [15, 10, 10] } }
operators:
  one: { from: left, mortal-each: { dies: [1] } }
  two: { from: right, mortal-each: {} }
  both: { from: [one, two], mortal-each: {} }
sinks:
  seen: { from: both, collect: {} }
`
    const stages = [arrivals, mortalEach, collecting(collected)]
    const run = new Run(await loadPlan('merged.yaml', text, { stages }), { clock: 'virtual' })
    const ended = new Promise<void>((resolve) => {
      run.state$.subscribe({ complete: resolve })
    })
    await run.start()
    await ended
    expect(collected.get('seen')).toEqual(['10 0=0 lost 0', '15 0=0 lost 0', '25 1=1 lost 0', '35 2=2 lost 0'])
    const { stages: states } = run.snapshot()
    expect(states['one']).toMatchObject({ state: 'failed', error: 'cannot take 1' })
    expect(states['both']).toMatchObject({ state: 'completed', starvedBy: ['one/mortal-each'] })
    expect(states['seen']).toMatchObject({ state: 'completed', starvedBy: ['one/mortal-each'] })
    // Nobody listened to the left stream from then on: it is not running any more.
    expect(run.state$.value).toMatchObject({ state: 'failed', cause: { stage: 'one/mortal-each', seq: 1 } })
  })

  test('who comes late hears of each death too, and the embedding host of none twice', async () => {
    const collected: Collected = new Map()
    const text = `saccade: 1
streams:
  cam: { arrivals: { gaps: [10, 10, 10] } }
operators:
  one: { from: cam, mortal-each: { dies: [1] } }
sinks:
  a: { from: one, collect: {} }
  b: { from: one, collect: {} }
  c: { from: cam, collect: {} }
`
    const stages = [arrivals, mortalEach, collecting(collected)]
    const run = new Run(await loadPlan('late.yaml', text, { stages }), { clock: 'virtual' })
    const taps: string[] = []
    run.tap('one').subscribe({ error: (error: Error) => taps.push(error.message) })
    const ended = new Promise<void>((resolve) => {
      run.state$.subscribe({ complete: resolve })
    })
    await run.start()
    await ended
    const heard: SaccadeError[] = []
    run.failures$.subscribe({ next: (error) => heard.push(error), complete: () => taps.push('complete') })
    expect(heard).toMatchObject([{ code: 'stage', stage: 'one/mortal-each', origin: 'cam.number', seq: 1 }])
    expect(taps).toEqual(['cannot take 1', 'complete'])
    expect(run.runtime.events.filter(({ level }) => level === 'error')).toHaveLength(1)
  })
})
