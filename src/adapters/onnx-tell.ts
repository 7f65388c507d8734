import type { ToldModel } from './onnx-protocol.js'
import { OnnxThread } from './onnx-thread.js'

/**
 * What a file tells of its model: inputs, outputs, their types and sizes. Read in a worker, which ends with it.
 *
 * @param file its path
 * @throws SaccadeError `missing` where onnxruntime-node is not installed; `model` where the file is no whole model
 */
export async function tellModel(name: string, file: string): Promise<ToldModel> {
  const thread = new OnnxThread()
  try {
    // What the worker gives to this call.
    return (await thread.call({ kind: 'tell', name, file }, name)) as ToldModel
  } finally {
    await thread.close()
  }
}
