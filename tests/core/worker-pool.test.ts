import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Model } from '../../src/core/inference.js'
import { WorkerPool } from '../../src/core/worker-pool.js'
import { runs } from '../helpers/runs.js'
import { settled, specOf, VirtualWorkers } from './virtual-workers.js'

const models = ['faces', 'voice', 'things'] as const
type Name = (typeof models)[number]
type Step =
  | { readonly kind: 'load' | 'rest' | 'close'; readonly name: Name }
  | { readonly kind: 'run'; readonly name: Name; readonly priority: number }
  | { readonly kind: 'finish' | 'fail' | 'die' | 'give up'; readonly nth: number }

const anyName = fc.constantFrom(...models)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('load' as const), name: anyName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rest' as const, 'close' as const), name: anyName }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('run' as const), name: anyName, priority: fc.nat(1) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('finish' as const), nth: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('fail' as const, 'die' as const, 'give up' as const),
      nth: fc.nat(9),
    }),
  },
)
const anyLimits = fc.record({ most: fc.integer({ min: 1, max: 3 }), mostOpening: fc.integer({ min: 1, max: 2 }) })

type Asked = { readonly name: Name; readonly priority: number; begun: number | null; answer: string | null }

/** Carries out a schedule; the workers themselves say where one is asked for what it cannot do. */
async function carryOut(
  limits: { readonly most: number; readonly mostOpening: number },
  steps: readonly Step[],
  gently = true,
) {
  const workers = new VirtualWorkers()
  const pool = new WorkerPool({ ...limits, start: workers.start, soon: workers.soon })
  const shares: { readonly name: Name; readonly model: Model<unknown, unknown> }[] = []
  const loads: Promise<unknown>[] = []
  const asked: Asked[] = []
  const giveUps: ((error: Error) => void)[] = []
  const ends: Promise<unknown>[] = []
  let begun = 0
  const take = (name: Name): Model<unknown, unknown> | undefined => shares.find((share) => share.name === name)?.model

  for (const step of steps) {
    if (step.kind === 'load') {
      const loading = pool.load(step.name, specOf(step.name)).then((model) => shares.push({ name: step.name, model }))
      loads.push(loading.catch(() => undefined))
    } else if (step.kind === 'run') {
      const { name, priority } = step
      const model = take(name)
      if (model === undefined) continue
      const one: Asked = { name, priority, begun: null, answer: null }
      asked.push(one)
      const answer = model.run(one, {
        priority,
        begun: (giveUp) => {
          one.begun = begun++
          giveUps.push(giveUp)
        },
      })
      const told = (words: string) => (): void => {
        expect(one.answer, 'an answer is given once').toBeNull()
        one.answer = words
      }
      ends.push(answer.then(told('done'), told('failed')))
    } else if ('nth' in step) {
      if (step.kind === 'give up') giveUps[step.nth % giveUps.length]?.(new Error('hangs'))
      else workers.at(step.nth, step.kind)
    } else if (step.kind === 'rest') void take(step.name)?.rest?.()
    else {
      const at = shares.findIndex(({ name }) => name === step.name)
      for (const { model } of at < 0 ? [] : shares.splice(at, 1)) ends.push(model.close())
    }
    await settled(workers)
    const { working } = workers
    expect(working, 'workers that do not hang').toBeLessThanOrEqual(limits.most)
    expect(workers.opening, 'sessions that are opened at once').toBeLessThanOrEqual(limits.mostOpening)
    for (const { name, answer, begun } of asked)
      if (answer === null && begun === null) expect(workers.freeWith(name), `a worker for ${name}`).toBe(false)
  }
  if (gently) {
    // Each gives back what it holds: nothing is left then, without anybody closing the pool.
    for (let turn = 0; turn < 50; turn++) {
      for (const { model } of shares.splice(0)) ends.push(model.close())
      workers.finishAll()
      await settled(workers)
    }
    expect(workers.working, 'workers that nobody needs').toBe(0)
  }
  const closed = pool.closeAll()
  for (let turn = 0; turn < 50; turn++) {
    workers.finishAll()
    await settled(workers)
  }
  await Promise.all([closed, ...loads, ...ends])
  return { asked, workers, shares }
}

describe('law: a pool of workers, whatever is asked of it and whatever dies', () => {
  test('keeps its bounds, runs only where the model is loaded, answers each run once, and ends whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(anyStep, { maxLength: 60 }), fc.boolean(), async (limits, steps, gently) => {
        const { asked, workers } = await carryOut(limits, steps, gently)
        expect(workers.complaints).toEqual([])
        expect(asked.filter(({ answer }) => answer === null)).toEqual([])
        expect(workers.working).toBe(0)
      }),
      { numRuns: runs(300) },
    )
  })

  test('of one model and one priority, runs begin in the order in which they were asked for', async () => {
    await fc.assert(
      fc.asyncProperty(anyLimits, fc.array(anyStep, { maxLength: 60 }), async (limits, steps) => {
        const { asked } = await carryOut(limits, steps)
        for (const name of models)
          for (const priority of [0, 1]) {
            const began = asked
              .filter((one) => one.name === name && one.priority === priority)
              .flatMap(({ begun }) => begun ?? [])
            expect(began).toEqual([...began].sort((a, b) => a - b))
          }
      }),
      { numRuns: runs(200) },
    )
  })
})

const unheld: Model<unknown, unknown> = {
  provider: 'none',
  run: () => Promise.reject(new Error('nobody holds it')),
  close: () => Promise.resolve(),
}

describe('a pool of workers', () => {
  const opened = async (most: number, ...names: readonly Name[]) => {
    const workers = new VirtualWorkers()
    const pool = new WorkerPool({ most, mostOpening: 1, start: workers.start, soon: workers.soon })
    const loading = Promise.all(names.map((name) => pool.load(name, specOf(name))))
    for (let turn = 0; turn < 9; turn++) {
      workers.finishAll()
      await settled(workers)
    }
    return { workers, pool, held: await loading }
  }

  test('a model has one session, however many hold it, until a run has to wait', async () => {
    const { workers, held } = await opened(3, 'faces', 'faces', 'faces')
    const [first = unheld, second = unheld] = held
    expect(workers.started).toBe(1)
    const runs = [first.run(1), second.run(2)]
    await settled(workers)
    expect(workers.started).toBe(2)
    expect(first.sessions?.()).toBe(1)
    for (let turn = 0; turn < 5; turn++) {
      workers.finishAll()
      await settled(workers)
    }
    await Promise.all(runs)
    expect(first.sessions?.()).toBe(2)
  })

  test('models lie on workers of their own while there are enough', async () => {
    const { workers } = await opened(2, 'faces', 'voice', 'things')
    expect(workers.sessions.map(({ length }) => length)).toEqual([2, 1])
  })

  test('who got its result and asks again at once goes before who is less urgent and waited', async () => {
    const { workers, held } = await opened(1, 'faces', 'things')
    const [faces, things] = held
    const began: string[] = []
    const run = (model: Model<unknown, unknown> | undefined, name: string, priority: number) =>
      model?.run(name, { priority, begun: () => began.push(name) })
    void run(faces, 'faces', 0)?.then(() => run(faces, 'faces', 0))
    void run(things, 'things', 1)
    for (let turn = 0; turn < 4; turn++) {
      await settled(workers)
      workers.finishAll()
    }
    expect(began).toEqual(['faces', 'faces', 'things'])
  })

  test('with eight workers that hang no further one is begun, and it says so', async () => {
    const { workers, held } = await opened(1, 'faces')
    for (let nth = 0; nth < 8; nth++) {
      const hangs = held[0]?.run(nth, {
        begun: (giveUp) => {
          giveUp(new Error('hangs'))
        },
      })
      for (let turn = 0; turn < 4; turn++) {
        await settled(workers)
        workers.finishAll('open')
      }
      await expect(hangs).rejects.toThrow('hangs')
    }
    await expect(held[0]?.run('one more')).rejects.toMatchObject({
      code: 'model',
      message: expect.stringContaining('8 workers hang') as string,
    })
  })
})
