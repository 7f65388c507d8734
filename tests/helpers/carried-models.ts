import type { ModelSpec } from '../../src/core/inference.js'
import type { BlazefaceInput } from '../../src/vision/blazeface.js'
import { noise, picture } from '../vision/pictures.js'

const root = new URL('../../', import.meta.url)

/** The models that the package carries, with the jobs that were built for them. */
export const blazeface: ModelSpec = {
  name: 'blazeface',
  version: 'test',
  file: new URL('models/blazeface-256.onnx', root),
  job: new URL('dist/vision/blazeface.js', root),
}
export const silero: ModelSpec = {
  name: 'silero',
  version: 'test',
  file: new URL('models/silero-vad-v5.onnx', root),
  job: new URL('dist/audio/silero.js', root),
}

/** A picture without a face. */
export const noFace: BlazefaceInput = { picture: picture('gray', 256, 144, noise(1)), minScore: 0.65 }
