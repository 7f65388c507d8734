// Nothing but `session.run` on a tensor that is ready, one thread, in this thread: the limit.
// Imports nothing of ours. Argument: model file. Measures by turns.
import ort from 'onnxruntime-node'
import { answerTurns } from '../turns.mjs'

const file = process.argv[2]
const session = await ort.InferenceSession.create(file, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
})
const kinds = { float32: Float32Array, int32: Int32Array }
const feeds = {}
for (const { name, type, shape } of session.inputMetadata) {
  const data = new kinds[type](shape.reduce((product, size) => product * size, 1))
  for (let i = 0; i < data.length; i++) data[i] = type === 'float32' ? ((i * 31) % 255) / 127.5 - 1 : (i * 31) % 255
  feeds[name] = new ort.Tensor(type, data, shape)
}

answerTurns(async ({ fps, forMs, settleMs }) => {
  const samples = []
  const startMs = performance.now()
  for (let n = 0; performance.now() < startMs + settleMs + forMs; n++) {
    const leftMs = fps === 0 ? 0 : startMs + (n * 1000) / fps - performance.now()
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
    const beganMs = performance.now()
    await session.run(feeds)
    if (beganMs > startMs + settleMs) samples.push(performance.now() - beganMs)
  }
  return { samples, perSecond: (samples.length * 1000) / forMs }
})
