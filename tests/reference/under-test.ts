import type { OperatorFunction } from 'rxjs'
import { z } from 'zod'
import type { ConformsOptions } from '../../src/testing/exam.js'
import type { Packet } from '../../src/core/packet.js'
import { runProcess } from '../../src/core/run-process.js'
import { anyPort, type StageContext } from '../../src/core/stage.js'
import { queue } from '../../src/operators/queue.js'
import type { ModelEdge } from './edge-model.js'
import type { ModelProcess } from './process-model.js'

// What is compared with the models, in one place. What `queue` can do is read off its options.

const { properties = {} } = z.toJSONSchema(queue.definition.options, { io: 'input', unrepresentable: 'any' })

/** The policies that `queue` has in its options. */
export const policies = (properties['whenFull'] as { readonly enum: readonly ModelEdge['whenFull'][] }).enum

/** Bounds of `queue` in bytes that are tried. */
export const byteLimits: readonly number[] = 'bytes' in properties ? [Infinity, 50, 200, 600] : [Infinity]

export const queueUnderTest = queue

/** The options of `queue`, as one writes them. */
export function queueOptions({ whenFull, capacity, bytes, maxAgeMs }: ModelEdge): ConformsOptions['options'] {
  return {
    whenFull,
    ...(whenFull === 'latest' || whenFull === 'conflate' ? {} : { capacity }),
    ...(whenFull === 'conflate' ? { conflate: (_waiting: unknown, arriving: unknown) => arriving } : {}),
    ...(bytes === undefined ? {} : { bytes: `${String(bytes)}B` }),
    ...(maxAgeMs === undefined ? {} : { maxAge: `${String(maxAgeMs)}ms` }),
  }
}

/** What `process` can be asked for. */
export const offers = {
  concurrency: [1, 2, 3, 5],
  orders: ['input', 'completion', 'latest'] as readonly ModelProcess['order'][],
  timeout: true,
  byKey: true,
  withoutQueue: true,
  /** Whether the next packet says that one was lost which was skipped as its work failed. */
  tellsWhatItSkipped: true,
}

/** Asynchronous work as it is asked for, without the queue before it. */
export function processUnderTest(
  work: (value: unknown) => Promise<unknown>,
  { concurrency, order, timeoutMs, byKey, onError, queue }: ModelProcess,
  context: StageContext,
): OperatorFunction<Packet<unknown>, Packet<unknown>> {
  const how = { concurrency, order, onError, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  return runProcess<unknown, unknown>(
    () => work,
    anyPort,
    { ...context, how },
    {
      keepsNothing: queue === 0,
      ...(byKey === true ? { by: (value) => (value as { readonly key: number }).key } : {}),
    },
  )
}
