import type { ToldModel } from './onnx-protocol.js'
import { OnnxThread } from './onnx-thread.js'

/**
 * What a file tells of its model: inputs, outputs, their types and sizes. Read in a worker, which ends with it.
 *
 * @param file its path
 * @throws SaccadeError `missing` where onnxruntime-node is not installed; `model` where the file is no whole model
 */
export async function tellModel(name: string, file: string): Promise<ToldModel> {
  const thread = new OnnxThread(name, { kind: 'tell', name, file })
  // What the worker gives to this call; where it fails, it ends by itself.
  const told = (await thread.loaded) as ToldModel
  await thread.close()
  return told
}
