import type { Adapters } from '../core/adapters.js'
import { parseMediaAddress } from '../core/media-address.js'
import { checkSource } from './check-source.js'
import { jpegDecoder, jpegEncoder } from './jpeg-turbo.js'
import { createCache } from './lru-cache.js'
import { createMediaDecoder } from './media-decoder.js'
import { fileOfModel, manifestOfModel, modelNames } from './model-files.js'
import { createModels } from './onnx.js'
import { workersOf } from './onnx-workers.js'
import { isInstalled } from './optional.js'
import { opusEncoders } from './opus.js'
import { folderOf, moduleOf } from './package-files.js'
import { systemClock } from './system-clock.js'

const readAddress: Adapters['readAddress'] = (text) =>
  parseMediaAddress(text, { demoFolder: folderOf('media'), platform: process.platform })

let set: Adapters | null = null

/** The adapters of Node: one set for the process. Nothing native is loaded before it is used. */
export function adapters(): Adapters {
  if (set !== null) return set
  const models = createModels(workersOf(process.env))
  set = {
    clock: systemClock,
    readAddress,
    checkSource: (text) => checkSource(() => readAddress(text)),
    openMedium: createMediaDecoder(),
    loadModel: models.load,
    modelWorkers: models.workers,
    jpegEncoder,
    jpegDecoder,
    opusEncoders: isInstalled('opusscript') ? opusEncoders : null,
    createCache,
    modelFile: (name) => fileOfModel(name),
    modelManifest: (name) => manifestOfModel(name),
    modelNames: () => modelNames(),
    jobModule: moduleOf,
    print: (line) => {
      process.stderr.write(`${line}\n`)
    },
  }
  return set
}
