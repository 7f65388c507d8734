import { expect, test } from 'vitest'
import { adapters } from '../../src/adapters/node.js'
import { createPipeline } from '../../src/engine/create-pipeline.js'
import { pipelineFile } from '../helpers/command.js'

test('a run that was stopped before it began stays stopped: nothing is opened', async () => {
  const opened: string[] = []
  const refuse = (what: string) => () => {
    opened.push(what)
    return Promise.reject(new Error(`${what} was opened`))
  }
  const own = {
    ...adapters(),
    openMedium: refuse('a medium'),
    loadModel: refuse('a model'),
    jpegEncoder: refuse('JPEG'),
    opusEncoders: refuse('Opus'),
  }
  const run = await createPipeline(pipelineFile('follow-face'), { adapters: own })
  expect(await run.stop()).toEqual({ cutOff: [] })
  await run.start()
  await run.runtime.closed()
  expect(opened).toEqual([])
  expect(run.state$.value).toEqual({ state: 'stopped' })
})
