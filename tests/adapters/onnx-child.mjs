// A process of its own that ends in a way named by its first argument: tests/adapters/onnx.test.ts looks at the exit code.
import { createModels } from '../../dist/adapters/onnx.js'
import { createPixelMemory } from '../../dist/core/frame.js'

const root = new URL('../../', import.meta.url)
const spec = {
  name: 'blazeface',
  version: 'test',
  file: new URL('models/blazeface-256.onnx', root),
  job: new URL('dist/vision/blazeface.js', root),
}
const silero = { ...spec, name: 'silero', file: new URL('models/silero-vad-v5.onnx', root) }
const geometry = { sourceWidthPx: 256, sourceHeightPx: 144, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }
const { buffer } = createPixelMemory(256 * 144).bytes
const input = {
  picture: { buffer, byteOffset: 0, generation: 0, format: 'gray', widthPx: 256, heightPx: 144, geometry },
  minScore: 0.6,
}
const [, , way, seed = '1'] = process.argv
const models = createModels()

let state = Number(seed) | 0
/** Between 0 and 1, the same for the same seed. */
function chance() {
  state = (Math.imul(state, 1103515245) + 12345) | 0
  return (state >>> 8) / 2 ** 24
}
const moment = (ms) => new Promise((resolve) => setTimeout(resolve, chance() * ms))

const ways = {
  /** Loads, runs and closes, each cut into by the next at a random moment. */
  async cycles() {
    for (let i = 0; i < 20; i++) {
      const loading = models.load(spec)
      loading.catch(() => undefined)
      if (chance() < 0.3) {
        await moment(150)
      } else {
        const model = await loading
        for (let run = 0; run < 3; run++) model.run(input).catch(() => undefined)
        await moment(12)
        if (chance() < 0.5) await model.close()
      }
      if (chance() < 0.7) await models.closeAll()
    }
  },
  async exitWhileLoading() {
    void models.load(spec)
    await moment(200)
    process.exit(7)
  },
  async exitWhileRunning() {
    const model = await models.load(spec)
    void model.run(input)
    await moment(8)
    process.exit(7)
  },
  async throwWhileRunning() {
    const model = await models.load(spec)
    void model.run(input)
    await moment(8)
    throw new Error('on purpose')
  },
  async exitWhileHung() {
    const hung = new Int32Array(new SharedArrayBuffer(4))
    const model = await models.load({ ...silero, job: new URL('onnx-hanging-job.mjs', import.meta.url) })
    void model.run({ hung })
    process.exit(7)
  },
  async endWhileRunning() {
    const model = await models.load(spec)
    void model.run(input).then(() => process.stdout.write('answered'))
  },
  async endWhileIdle() {
    const model = await models.load(spec)
    await model.run(input)
    process.stdout.write('answered')
  },
}
await ways[way]()
