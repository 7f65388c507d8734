import type { ErrorCode } from '../core/errors.js'

/** What the worker is born with; loading counts as its first call. */
export type OnnxBirth = {
  readonly name: string
  readonly file: string
  readonly job: string
  /** One Int32: calls under way. The main thread adds before it posts, the worker takes away when it is done. */
  readonly callsUnderWay: SharedArrayBuffer
}

/** `load` is not posted: the worker's birth stands for it. */
export type OnnxCall =
  { readonly kind: 'load' } | { readonly kind: 'run'; readonly input: unknown } | { readonly kind: 'close' }

/** One reply to each call, in order, and one to the birth. */
export type OnnxReply =
  | { readonly kind: 'done'; readonly value: unknown }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly remedy: string
      readonly cause: unknown
    }
