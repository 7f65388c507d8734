import type { ErrorCode } from '../core/errors.js'
import type { ModelFacts } from '../core/inference.js'

/** What a worker is to do: its model first, then runs, then its end; or it only tells what a file is. */
export type OnnxCall =
  | { readonly kind: 'tell'; readonly name: string; readonly file: string }
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

/** What a worker tells of a model's file; `runtime` is the version of ONNX Runtime. */
export type ToldModel = ModelFacts & { readonly runtime: string }
