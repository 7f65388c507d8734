import { openBareModel } from '../../adapters/onnx-bare.js'
import type { Tensors } from '../../adapters/onnx-bare-run.js'
import type { Detection } from '../../core/ports.js'
import { type Agreement, agreementOf, cosineOf } from './compare.js'
import { quantile } from './quantile.js'

/** What goes into both models, and how what comes out is read, where that is known. */
export type Question = { readonly tensors: () => Tensors; readonly find: ((outputs: Tensors) => readonly Detection[]) | null }

export type Tried = {
  readonly p50Ms: readonly [number, number]
  readonly agreement: Agreement | null
  readonly cosine: number
}

const warmUps = 3
/** A median of fewer runs moves too much. */
const leastRuns = 50

/** Asks two models the same, in turns, each in a worker of its own. @throws SaccadeError `model`, `missing` */
export async function tryBoth(
  models: readonly [{ readonly name: string; readonly path: string }, { readonly name: string; readonly path: string }],
  questions: readonly Question[],
): Promise<Tried> {
  const first = questions[0]?.tensors() ?? {}
  const open = await Promise.allSettled(models.map(({ name, path }) => openBareModel(name, path, first)))
  const opened = open.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    for (const one of open) if (one.status === 'rejected') throw one.reason
    const tookMs: readonly number[][] = opened.map(() => [])
    const found: readonly (readonly Detection[])[][] = opened.map(() => [])
    const cosines: number[] = []
    for (let run = 0; run < warmUps; run++) for (const model of opened) await model.run({})
    for (const { tensors, find } of questions) {
      const answers: Tensors[] = []
      for (const [at, model] of opened.entries()) {
        const { tookMs: one, outputs } = await model.run({ tensors: tensors(), answer: true })
        tookMs[at]?.push(one)
        answers.push(outputs ?? {})
      }
      cosines.push(cosineOf(answers[0] ?? {}, answers[1] ?? {}))
      if (find !== null) answers.forEach((answer, at) => found[at]?.push(find(answer)))
    }
    for (let run = questions.length; run < leastRuns; run++)
      for (const [at, model] of opened.entries()) tookMs[at]?.push((await model.run({})).tookMs)
    const p50 = (at: number): number => quantile((tookMs[at] ?? []).sort((a, b) => a - b), 0.5)
    const canFind = questions.some(({ find }) => find !== null)
    return {
      p50Ms: [p50(0), p50(1)],
      agreement: canFind ? agreementOf(found[0] ?? [], found[1] ?? []) : null,
      cosine: cosines.reduce((sum, one) => sum + one, 0) / cosines.length,
    }
  } finally {
    await Promise.all(opened.map((model) => model.close()))
  }
}
