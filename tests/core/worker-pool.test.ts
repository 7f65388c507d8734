import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Model } from '../../src/core/inference.js'
import { WorkerPool } from '../../src/core/worker-pool.js'
import { runs } from '../helpers/runs.js'
import { anySchedule, carryOut, models, type Name } from './pool-schedules.js'
import { settled, specOf, VirtualWorkers } from './virtual-workers.js'

describe('law: a pool of workers, whatever is asked of it and whatever dies', () => {
  test('keeps its bounds, answers each run once, fails those alone that were hit, and ends whole', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, fc.boolean(), async (schedule, gently) => {
        const { pool, workers, shares, asked, ends, loads, closing, finish } = await carryOut(schedule)
        if (gently) {
          await finish()
          expect(asked.filter(({ answer }) => answer === null)).toEqual([])
          // Each gives back what it holds: nothing is left then, without anybody closing the pool.
          for (const { model } of shares.splice(0)) ends.push(model.close())
          await settled(workers)
          await finish()
          expect(workers.working, 'workers that nobody needs').toBe(0)
        }
        closing.add(pool)
        const closed = pool.closeAll()
        await settled(workers)
        await finish()
        const waits = new Set(['pool', 'loads', 'ends'])
        void closed.then(() => waits.delete('pool'))
        void Promise.all(loads).then(() => waits.delete('loads'))
        void Promise.all(ends).then(() => waits.delete('ends'))
        await settled(workers)
        expect([...waits]).toEqual([])
        expect(asked.filter(({ answer }) => answer === null)).toEqual([])
        expect(workers.working).toBe(0)
      }),
      { numRuns: runs(300) },
    )
  })

  test('of one model and one priority, runs begin in the order in which they were asked for', async () => {
    await fc.assert(
      fc.asyncProperty(anySchedule, async (schedule) => {
        const { asked, finish } = await carryOut(schedule)
        await finish()
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

  test('models lie on workers of their own while there are enough, and then where there are fewest', async () => {
    const { workers, pool } = await opened(2, 'faces', 'voice', 'things')
    expect(workers.sessions).toEqual([['faces', 'things'], ['voice']])
    const another = pool.load('another', specOf('another'))
    workers.finishAll()
    await another
    expect(workers.sessions).toEqual([
      ['faces', 'things'],
      ['voice', 'another'],
    ])
  })

  test('a worker that dies leaves its waiting runs to a fresh one, and only the run that it was at fails', async () => {
    const { workers, held } = await opened(1, 'faces', 'things')
    const [faces = unheld, things = unheld] = held
    const answers = Promise.allSettled([faces.run(1), faces.run(2), things.run(3)])
    await settled(workers)
    workers.at(0, 'die')
    for (let turn = 0; turn < 9; turn++) {
      await settled(workers)
      workers.finishAll()
    }
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect([workers.started, workers.complaints]).toEqual([2, []])
  })

  test('a model that is at work, or about to be, does not rest; one that is being opened rests once it is', async () => {
    const { workers, held } = await opened(2, 'faces')
    const [faces = unheld] = held
    const runs = Promise.all([faces.run(1), faces.run(2)])
    await settled(workers)
    expect(workers.tasks).toEqual(['run faces', 'open faces'])
    let rested: boolean | undefined
    const resting = faces.rest?.().then((is) => (rested = is))
    workers.finishAll('run')
    await settled(workers)
    expect([rested, workers.tasks]).toEqual([undefined, ['run faces', 'open faces']])
    workers.finishAll('run')
    await runs
    workers.finishAll()
    await settled(workers)
    workers.finishAll()
    await resting
    expect([rested, faces.sessions?.(), workers.working]).toEqual([true, 0, 0])
    const again = faces.run(3)
    await settled(workers)
    workers.finishAll('open')
    await settled(workers)
    await expect(faces.rest?.()).resolves.toBe(false)
    workers.finishAll()
    await expect(again).resolves.toBe('done')
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

  /** So many runs hang, each on a worker of its own. */
  const hang = async (workers: VirtualWorkers, model: Model<unknown, unknown>, count: number): Promise<void> => {
    for (let nth = 0; nth < count; nth++) {
      const hangs = model.run(nth, {
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
  }

  test('with eight workers that hang no further one is begun, and it says so', async () => {
    const { workers, held } = await opened(1, 'faces')
    await hang(workers, held[0] ?? unheld, 8)
    await expect(held[0]?.run('one more')).rejects.toMatchObject({
      code: 'model',
      message: expect.stringContaining('8 workers hang') as string,
    })
  })

  test('where one of the eight comes to its end after all, what waits is given to a fresh one', async () => {
    const { workers, held } = await opened(2, 'faces', 'things')
    const [faces = unheld, things = unheld] = held
    const long = things.run('long')
    await hang(workers, faces, 8)
    const waits = faces.run('waits')
    await settled(workers)
    expect(workers.tasks).toEqual(['run things'])
    workers.unhang(3)
    await settled(workers)
    expect(workers.tasks).toEqual(['run things', 'open faces'])
    for (let turn = 0; turn < 4; turn++) {
      workers.finishAll()
      await settled(workers)
    }
    await expect(Promise.all([long, waits])).resolves.toEqual(['done', 'done'])
  })
})
