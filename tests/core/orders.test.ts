import { describe, expect, test } from 'vitest'
import { of } from 'rxjs'
import { runProcess } from '../../src/core/run-process.js'
import { definePort, type How } from '../../src/core/stage.js'
import { contextOf, packetOf } from './births.js'
import { costly } from './loads.js'

const numberPort = definePort<number>('number', 'a number')

/** Three at once, whose work takes 30, 10 and 20 ms: what leaves, in its order. */
async function leaving(
  order: How['order'],
): Promise<{ readonly given: readonly number[]; readonly overtaken: number }> {
  const { clock, runtime } = costly([30, 10, 20])
  const context = contextOf(runtime, 'work', { concurrency: 3, ...(order === undefined ? {} : { order }) })
  const given: number[] = []
  const work = (value: number): Promise<number> => Promise.resolve(value)
  const source$ = of(...[0, 1, 2].map((value) => packetOf(value, { seq: value })))
  source$.pipe(runProcess(() => work, numberPort, context)).subscribe(({ value }) => given.push(value))
  await clock.run(() => false)
  return { given, overtaken: context.meter.read(0).dropped['overtaken'] ?? 0 }
}

describe('results of several at once leave', () => {
  test.each([
    ['input', [0, 1, 2], 0],
    [undefined, [0, 1, 2], 0],
    ['completion', [1, 2, 0], 0],
    ['latest', [1, 2], 1],
  ] as const)('by order %s', async (order, wanted, overtaken) => {
    expect(await leaving(order)).toEqual({ given: wanted, overtaken })
  })
})
