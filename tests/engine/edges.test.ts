import { ignoreElements, tap } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperator, defineSink, defineStream } from '../../src/core/define.js'
import { definePort } from '../../src/core/stage.js'
import { loadPlan, RefusedPipeline } from '../../src/engine/create-pipeline.js'
import { Run } from '../../src/engine/run.js'
import { packets } from '../../src/streams/packets.js'

const number = definePort<number>('number', 'a number')
const nothing = z.strictObject({})
const count = 20

const numbers = defineStream({
  name: 'numbers',
  summary: 'Counts, as fast as it is taken.',
  options: nothing,
  example: {},
  results: { all: number },
  mainResult: 'all',
  live: () => false,
  open: () => ({ all: packets(Array(count).keys()) }),
})

const slow = defineOperator({
  name: 'slow',
  summary: 'Is busy with each for a turn.',
  input: number,
  output: number,
  options: nothing,
  example: {},
  work: () => (value) => Promise.resolve(value),
})

const seen: Record<string, number[]> = {}
const seer = defineSink({
  name: 'seer',
  summary: 'Writes down what it gets.',
  input: number,
  takes: 'one',
  actuator: false,
  options: nothing,
  example: {},
  results: {},
  mainResult: null,
  consume: (_, { name }) => {
    const all = (seen[name] = [] as number[])
    return ([input]) => ({
      done$:
        input?.packets$.pipe(
          tap(({ value }) => all.push(value)),
          ignoreElements(),
        ) ?? expect.unreachable(),
      results: {},
    })
  },
})

const stages = [numbers, slow, seer]
const all = [...Array(count).keys()]

async function run(text: string, tapped?: string): Promise<Readonly<Record<string, readonly number[]>>> {
  const plan = await loadPlan('test.yaml', text, { stages })
  const running = new Run(plan, { clock: 'virtual' })
  if (tapped !== undefined) running.tap(tapped).subscribe(({ gate }) => void gate.hold())
  await running.start()
  await new Promise<void>((resolve) => {
    running.state$.subscribe({
      complete: () => {
        resolve()
      },
    })
  })
  expect(running.state$.value.state).toBe('stopped')
  return { ...seen }
}

const pipeline = (queue: string): string => `saccade: 1
streams:
  source: { numbers: {} }
operators:
  worked: { from: source, pipe: [${queue} slow] }
sinks:
  first: { from: worked, seer: {} }
`
const viewer = '  second: { from: source, seer: {} }\n'

describe('a recorded stream in a file (E6)', () => {
  test('with one reader the default block loses nothing, also while someone taps it, who holds nothing up', async () => {
    expect(await run(pipeline(''))).toEqual({ 'first/seer': all })
    expect(await run(pipeline(''), 'source')).toEqual({ 'first/seer': all })
  })

  test('beside a reader that does not wait a default block loses; the plan says so', async () => {
    const both = await run(`${pipeline('')}${viewer}`)
    expect(both['second/seer']).toEqual(all)
    expect(both['first/seer']?.length).toBeLessThan(count)
    const { notes } = await loadPlan('test.yaml', `${pipeline('')}${viewer}`, { stages })
    expect(notes).toContain(
      'worked: its block holds source only while all its readers wait; to lose nothing write queue: block',
    )
  })

  test('a written block loses nothing, whoever reads beside it', async () => {
    const both = await run(`${pipeline('queue: block,')}${viewer}`)
    expect(both).toEqual({ 'first/seer': all, 'second/seer': all })
  })
})

test('conflate in a file is refused, with what to write instead', async () => {
  for (const queue of ['queue: conflate,', 'queue: { whenFull: conflate, conflate: max },']) {
    const refused: unknown = await loadPlan('test.yaml', pipeline(queue), { stages }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RefusedPipeline)
    expect((refused as RefusedPipeline).problems.map(({ text }) => text).join()).toMatch(
      /no file can hold: write latest or drop-oldest here, or queue\(.* in code/,
    )
  }
})

test('an edge with room for so many bytes is written with their unit, and described so', async () => {
  const plan = await loadPlan(
    'test.yaml',
    pipeline('queue: { whenFull: fail, capacity: 3, bytes: 1.5MB, maxAge: 2s },'),
    {
      stages,
    },
  )
  expect(plan.graph.edges.find(({ to }) => to === 'worked')?.queue).toBe('fail 3, at most 1.5MB, at most 2s old')
  await expect(loadPlan('test.yaml', pipeline('queue: { bytes: 5 },'), { stages })).rejects.toThrow()
})
