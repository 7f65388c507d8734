import type { ModelManifest } from '../core/model-manifest.js'

/** Why a model cannot be pulled as it is; null where it can. */
export function whyNotPulled({ name, origin, converted, sha256 }: ModelManifest): string | null {
  if (origin === undefined) return 'its manifest does not say where it comes from'
  if (converted !== undefined) return `its file is not its origin’s, but one ${converted}`
  if (sha256 === undefined) return 'its manifest has no sha256, so that nobody could say whether the right file came'
  if (!/^\w[\w.-]*$/.test(name)) return 'its name is none that a file can have: letters, digits, dots and dashes'
  if ('address' in origin && !/^https?:/.test(origin.address)) return `its address must begin with https: or http:`
  return null
}
