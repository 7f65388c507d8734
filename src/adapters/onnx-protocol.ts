import type { ErrorCode } from '../core/errors.js'

/** What a worker is to do: its model first, then runs, then its end. */
export type OnnxCall =
  | {
      readonly kind: 'load'
      readonly name: string
      readonly file: string
      readonly job: string
      readonly setup: unknown
    }
  | { readonly kind: 'run'; readonly input: unknown }
  | { readonly kind: 'close' }

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
