import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Adapters } from '../../src/core/adapters.js'
import type { LoadModel } from '../../src/core/inference.js'
import { packetJson } from '../../src/core/packet-json.js'
import { adapters as nodeAdapters } from '../../src/adapters/node.js'
import { createPipeline } from '../../src/index.js'

const pipeline = fileURLToPath(new URL('../../pipelines/follow-face.yaml', import.meta.url))

/** The lines that `--clock virtual --tap faces --tap head` prints. */
async function lines(forMs: number, adapters: Adapters): Promise<readonly string[]> {
  const run = await createPipeline(pipeline, { clock: 'virtual', adapters })
  const printed: string[] = []
  for (const name of ['faces', 'head', 'speech']) {
    run
      .tap(name)
      .subscribe((packet) => printed.push(JSON.stringify(packetJson(name, packet, run.runtime.clock.nowMs()))))
  }
  const ended = new Promise<void>((resolve) => {
    run.state$.subscribe({ complete: resolve })
  })
  await run.start({ forMs })
  await ended
  return printed
}

/** Turns of the event loop, as many as said. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** The same adapters, but models answer some turns of the event loop late, at random. */
function tardy(seed: number): Adapters {
  let state = seed
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
  const real = nodeAdapters()
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the interface's own type parameters
  const loadModel: LoadModel = async <In, Out>(spec: Parameters<LoadModel>[0]) => {
    const model = await real.loadModel<In, Out>(spec)
    const run = async (input: In): Promise<Out> => {
      await turns(random(40))
      const output = await model.run(input)
      await turns(random(400))
      return output
    }
    return { ...model, run }
  }
  return { ...real, loadModel }
}

test('T2: two runs print the same, also when workers answer at random times', async () => {
  const first = await lines(1500, nodeAdapters())
  expect(await lines(1500, nodeAdapters())).toEqual(first)
  expect(await lines(1500, tardy(Number(process.env['SACCADE_SEED'])))).toEqual(first)
  const perSecond = (name: string): number => first.filter((line) => line.startsWith(`{"tap":"${name}"`)).length / 1.5
  expect(perSecond('faces')).toBeGreaterThanOrEqual(25)
  expect(perSecond('head')).toBeGreaterThanOrEqual(49)
})
