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
  const job = moduleOf('adapters/onnx-bare-run').href
  const thread = new OnnxThread()
  const close = (): Promise<void> => thread.close()
  try {
    const how = { provider: 'cpu', sha256: undefined, checked: undefined } as const
    await thread.call({ kind: 'open', key: name, name, file, job, setup, ...how }, name)
  } catch (error) {
    await close()
    throw error
  }
  // The job behind the address gives these.
  return { run: (input) => thread.call({ kind: 'run', key: name, input }, name) as Promise<BareResult>, close }
}
