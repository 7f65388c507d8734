import fc from 'fast-check'
import { expect } from 'vitest'
import type { Model } from '../../src/core/inference.js'
import { WorkerPool } from '../../src/core/worker-pool.js'
import { settled, specOf, VirtualWorkers } from './virtual-workers.js'

export const models = ['faces', 'voice', 'things'] as const
export type Name = (typeof models)[number]
type Step =
  | { readonly kind: 'load' | 'rest' | 'close'; readonly name: Name }
  | { readonly kind: 'run'; readonly name: Name; readonly priority: number }
  | { readonly kind: 'finish' | 'fail' | 'die' | 'give up' | 'unhang'; readonly nth: number }
export type Schedule = {
  readonly most: number
  readonly mostOpening: number
  readonly provider: string
  readonly steps: readonly Step[]
}

const anyName = fc.constantFrom(...models)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('load' as const), name: anyName }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('rest' as const, 'close' as const), name: anyName }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('run' as const), name: anyName, priority: fc.nat(1) }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('finish' as const), nth: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('fail' as const, 'die' as const, 'give up' as const, 'unhang' as const),
      nth: fc.nat(9),
    }),
  },
)

/** Long enough that models are loaded, wait, and lose their workers. */
export const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  most: fc.integer({ min: 1, max: 3 }),
  mostOpening: fc.integer({ min: 1, max: 3 }),
  provider: fc.constantFrom('cpu', 'cpu', 'cuda'),
  steps: fc.array(anyStep, { maxLength: 60, size: 'max' }),
})

export type Asked = {
  readonly name: Name
  readonly priority: number
  readonly model: Model<unknown, unknown>
  begun: number | null
  /** `done`, or why not. */
  answer: string | null
}

/**
 * Carries out a schedule; after each step nothing waits that could go on. The workers themselves say where one is asked for
 * what it cannot do.
 */
export async function carryOut({ most, mostOpening, provider, steps }: Schedule) {
  const workers = new VirtualWorkers(provider)
  const { complaints } = workers
  const pool = new WorkerPool({ most, mostOpening, start: workers.start, soon: workers.soon })
  const shares: { readonly name: Name; readonly model: Model<unknown, unknown> }[] = []
  const loads: Promise<unknown>[] = []
  const asked: Asked[] = []
  const giveUps: ((error: Error) => void)[] = []
  /** Models of which a session could not be opened: they may do with what they have. */
  const notOpened = new Set<string>()
  const closing = new Set<unknown>()
  const ends: Promise<unknown>[] = []
  let begun = 0
  const take = (name: Name): Model<unknown, unknown> | undefined => shares.find((share) => share.name === name)?.model

  const run = (name: Name, priority: number): void => {
    const model = take(name)
    if (model === undefined) return
    const one: Asked = { name, priority, model, begun: null, answer: null }
    asked.push(one)
    const answer = model.run(one, {
      priority,
      begun: (giveUp) => {
        one.begun = begun++
        giveUps.push(giveUp)
      },
    })
    const told = (words: string): void => {
      if (one.answer !== null) complaints.push(`${name}: ${one.answer}, and then ${words}`)
      one.answer = words
      if (words !== 'done' && !isExplained(one, words)) complaints.push(`${name} failed as ${words}`)
    }
    ends.push(
      answer.then(
        () => {
          told('done')
        },
        (error: unknown) => {
          told((error as Error).message)
        },
      ),
    )
  }

  /** A run fails of what befell its own worker or its own model, and of nothing else. */
  const isExplained = (one: Asked, message: string): boolean => {
    if (one.begun !== null) return workers.failed.has(one) || message === 'hangs'
    if (message.includes('workers hang')) return workers.hanging >= 8
    if (message.includes('it was closed')) return closing.has(one.model) || closing.has(pool)
    return message.startsWith(`open ${one.name} `) && workers.having(one.name) === 0
  }

  const checkBounds = (): void => {
    const { opening } = workers
    expect(workers.working, 'workers that do not hang').toBeLessThanOrEqual(most)
    expect(opening.length, 'sessions that are opened at once').toBeLessThanOrEqual(mostOpening)
    expect(new Set(opening).size, 'openings of one model at once').toBe(opening.length)
    if (provider !== 'cpu') for (const name of models) expect(workers.having(name), name).toBeLessThanOrEqual(1)
    expect(complaints).toEqual([])
  }

  /** A free worker that has the model takes the run; one that has it not opens it, unless that is under way or would not help. */
  const checkWaiting = (): void => {
    for (const { name, answer, begun } of asked) {
      if (answer !== null || begun !== null) continue
      const what = `a run of ${name} waits for (${workers.tasks.join(', ')})`
      expect(workers.free(name, true), what).toBe(0)
      const isAlone = workers.having(name) > 0 && (provider !== 'cpu' || notOpened.has(name))
      const canOpen = workers.opening.length < mostOpening && !workers.tasks.includes(`open ${name}`) && !isAlone
      const hasRoom = workers.working < most && workers.hanging < 8
      if (canOpen) expect([workers.free(name, false), hasRoom], what).toEqual([0, false])
    }
  }

  const happenTo = (what: Extract<Step, { nth: number }>['kind'], nth: number): void => {
    if (what === 'give up') giveUps[nth % giveUps.length]?.(new Error('hangs'))
    else if (what === 'unhang') workers.unhang(nth)
    else {
      const before = workers.tasks
      workers.at(nth, what)
      if (what === 'finish') return
      for (const task of before) if (task.startsWith('open ')) notOpened.add(task.slice('open '.length))
    }
  }

  const happen = (step: Step): void => {
    if (step.kind === 'load') {
      const { name } = step
      const loading = pool.load(name, specOf(name)).then((model) => shares.push({ name, model }))
      loads.push(loading.catch(() => undefined))
    } else if (step.kind === 'run') run(step.name, step.priority)
    else if ('nth' in step) happenTo(step.kind, step.nth)
    else if (step.kind === 'rest') void take(step.name)?.rest?.()
    else {
      const at = shares.findIndex(({ name }) => name === step.name)
      for (const { model } of at < 0 ? [] : shares.splice(at, 1)) {
        // What another share of it asked for goes on.
        if (take(step.name) === undefined) for (const one of asked) if (one.name === step.name) closing.add(one.model)
        ends.push(model.close())
      }
    }
  }

  for (const step of steps) {
    happen(step)
    await settled(workers)
    checkBounds()
    checkWaiting()
  }
  const finish = async (): Promise<void> => {
    for (let turn = 0; turn < 300 && !workers.idle; turn++) {
      workers.finishAll()
      await settled(workers)
      checkBounds()
    }
  }
  return { pool, workers, shares, asked, ends, loads, closing, finish }
}
