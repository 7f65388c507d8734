import type { AnyStage } from '../core/stage.js'
import { SaccadeError } from '../core/errors.js'
import * as operators from '../operators/index.js'
import * as sinks from '../sinks/index.js'
import { media } from '../streams/index.js'

/** Anything that was defined as a stage: callable in a pipe, with its definition. */
type Defined = { readonly definition: AnyStage }

/** All stages by name: one registry for files, code, docs and tests. */
export type Registry = ReadonlyMap<string, AnyStage>

const own: readonly Defined[] = [
  media,
  operators.throttle,
  operators.sample,
  operators.debounce,
  operators.dedupe,
  operators.measureRate,
  operators.window,
  operators.batch,
  operators.queue,
  operators.join,
  operators.resize,
  operators.detectFaces,
  operators.detectObjects,
  operators.detectPose,
  operators.track,
  operators.pickFace,
  operators.lookAt,
  operators.smooth,
  operators.deadBand,
  operators.solvePose,
  operators.voiceActivity,
  sinks.reachyMini,
  sinks.websocket,
  sinks.consoleSink,
]

/**
 * The stages of the package, and those that the host brings.
 *
 * @throws SaccadeError `config` where a name is taken
 */
export function createRegistry(more: readonly unknown[] = []): Registry {
  const registry = new Map<string, AnyStage>()
  for (const item of [...own, ...more]) {
    if (!isDefined(item)) continue
    const { definition } = item
    if (registry.has(definition.name)) {
      throw new SaccadeError(`cannot add the stage ${definition.name} as that name is taken`, {
        code: 'config',
        stage: definition.name,
        remedy: 'give it another name',
      })
    }
    registry.set(definition.name, definition)
  }
  return registry
}

function isDefined(item: unknown): item is Defined {
  const carrier = typeof item === 'object' || typeof item === 'function' ? item : null
  return carrier !== null && 'definition' in carrier
}
