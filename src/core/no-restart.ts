import { SaccadeError } from './errors.js'
import type { AnyStage } from './stage.js'

/** Why a stage cannot be built anew in the middle of a run (S3); null where it can. The plan refuses it then. */
export function whyNoRestart(stage: AnyStage): string | null {
  if (stage.kind !== 'sink') return null
  if (stage.actuator) return 'it moves something, and a new life would not know where that stands'
  return stage.noRestart ?? null
}

/** @throws SaccadeError `config` for a stage that cannot be built anew */
export function mustRestart(stage: AnyStage): void {
  const why = whyNoRestart(stage)
  if (why === null) return
  throw new SaccadeError(`${stage.name} cannot be built anew after an error: ${why}`, {
    code: 'config',
    stage: stage.name,
    remedy: 'leave onError out: its failure takes nothing else with it',
  })
}
