import type { ErrorCode } from '../core/errors.js'
import type { ModelFacts, Provider } from '../core/inference.js'

/** What a file was when its hash was found to be right: while it is the same, it is not read again. */
export type CheckedFile = { readonly bytes: number; readonly changedAtMs: number }

/** What a worker is to do: with sessions, each known by its key; or to tell what a file is. */
export type OnnxCall =
  | { readonly kind: 'tell'; readonly name: string; readonly file: string }
  | {
      readonly kind: 'open'
      readonly key: string
      readonly name: string
      readonly file: string
      readonly job: string
      readonly setup: unknown
      readonly provider: Provider
      /** What the file's hash must be, where that is known. */
      readonly sha256: string | undefined
      readonly checked: CheckedFile | undefined
    }
  | { readonly kind: 'run'; readonly key: string; readonly input: unknown }
  | { readonly kind: 'release'; readonly key: string }
  | { readonly kind: 'close' }

/** The answer to `open`. */
export type OpenedSession = {
  readonly provider: Provider
  /** Why it is not the provider that was asked for. */
  readonly insteadOf?: string
  /** Null where no hash was asked for. */
  readonly checked: CheckedFile | null
}

/** One reply to each call, in order. */
export type OnnxReply =
  | { readonly kind: 'done'; readonly value: unknown }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly remedy: string
      readonly cause: unknown
    }

/** What a worker tells of a model's file. */
export type ToldModel = ModelFacts & {
  /** The version of ONNX Runtime. */
  readonly runtime: string
  /** What is computed otherwise than the file says, in a line each. */
  readonly rewrites: readonly string[]
}
