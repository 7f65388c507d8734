import { pathToFileURL } from 'node:url'
import type { BareInput, BareResult, BareSetup, Tensors } from './onnx-bare-run.js'
import { OnnxThread } from './onnx-thread.js'
import { moduleOf } from './package-files.js'

/** A model in a worker of its own with nothing of a stage around it: tensors go in, tensors come out. */
export type BareModel = {
  readonly run: (input: BareInput) => Promise<BareResult>
  readonly close: () => Promise<void>
}

/**
 * Loads a model and runs it once.
 *
 * @param file its path
 * @param tensors what goes in first
 * @throws SaccadeError `missing`, `model`
 */
export async function openBareModel(name: string, file: string, tensors: Tensors): Promise<BareModel> {
  const setup: BareSetup = { tensors }
  const thread = OnnxThread.load({
    name,
    version: '',
    file: pathToFileURL(file),
    job: moduleOf('adapters/onnx-bare-run'),
    setup,
  })
  await thread.loaded
  // The job behind the address gives these.
  return { run: (input) => thread.run(input) as Promise<BareResult>, close: () => thread.close() }
}
