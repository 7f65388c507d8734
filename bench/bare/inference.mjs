// Nothing but `session.run` on a tensor that is ready, one thread, in this thread: the limit.
// Imports nothing of ours. Arguments: model file, frames a second (0: flat out), seconds.
import ort from 'onnxruntime-node'

const [file, fps, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
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
const warmMs = 1000
const samples = []
const startMs = performance.now()
for (let n = 0; performance.now() < startMs + warmMs + seconds * 1000; n++) {
  const leftMs = fps === 0 ? 0 : startMs + (n * 1000) / fps - performance.now()
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
  const beganMs = performance.now()
  await session.run(feeds)
  if (beganMs > startMs + warmMs) samples.push(performance.now() - beganMs)
}
await session.release()
console.log(JSON.stringify({ samples, perSecond: samples.length / seconds }))
