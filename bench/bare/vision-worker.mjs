// BlazeFace in a worker, as one writes it by hand: yuv420p of 256×144 into the square, run, best box.
import { fileURLToPath } from 'node:url'
import { parentPort } from 'node:worker_threads'
import ort from 'onnxruntime-node'

const model = fileURLToPath(new URL('../../models/blazeface-256.onnx', import.meta.url))
const session = await ort.InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
})
const square = new Float32Array(256 * 256 * 3).fill(-1)
const tensor = new ort.Tensor('float32', square, [1, 256, 256, 3])
const anchors = []
for (const [cells, per] of [
  [16, 2],
  [8, 6],
]) {
  for (let y = 0; y < cells; y++)
    for (let x = 0; x < cells; x++)
      for (let n = 0; n < per; n++) anchors.push([((x + 0.5) / cells) * 256, ((y + 0.5) / cells) * 256])
}

function paint(bytes, width, height) {
  const top = (256 - height) >> 1
  const luma = width * height
  const chroma = luma >> 2
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y >> 1) * (width >> 1) + (x >> 1)
      const l = (bytes[y * width + x] - 16) * 1.164
      const u = bytes[luma + at] - 128
      const v = bytes[luma + chroma + at] - 128
      const to = ((top + y) * 256 + x) * 3
      square[to] = Math.min(255, Math.max(0, l + 1.596 * v)) / 127.5 - 1
      square[to + 1] = Math.min(255, Math.max(0, l - 0.392 * u - 0.813 * v)) / 127.5 - 1
      square[to + 2] = Math.min(255, Math.max(0, l + 2.017 * u)) / 127.5 - 1
    }
  }
}

let ended = false
let busy = false
async function end() {
  await session.release()
  parentPort.close()
}
parentPort.on('message', async (message) => {
  if (message === 'end') {
    ended = true
    if (!busy) await end()
    return
  }
  busy = true
  const { seq, shared, offset, width, height } = message
  paint(new Uint8Array(shared, offset, width * height * 1.5), width, height)
  const out = await session.run({ 'input:0': tensor })
  const found = []
  for (const [scores, boxes, from] of [
    ['Identity:0', 'Identity_2:0', 0],
    ['Identity_1:0', 'Identity_3:0', 512],
  ]) {
    out[scores].data.forEach((logit, i) => {
      if (logit < 0.62) return
      const b = out[boxes].data.subarray(i * 16, i * 16 + 16)
      const [ax, ay] = anchors[from + i]
      found.push({ score: 1 / (1 + Math.exp(-logit)), box: [ax + b[0] - b[2] / 2, ay + b[1] - b[3] / 2, b[2], b[3]] })
    })
  }
  found.sort((a, b) => b.score - a.score)
  parentPort.postMessage({ seq, found: found.slice(0, 1) })
  busy = false
  if (ended) await end()
})
parentPort.postMessage({ ready: true })
