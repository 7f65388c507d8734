import { cpus } from 'node:os'
import { openBareModel } from '../../adapters/onnx-bare.js'
import { tellModel } from '../../adapters/onnx-tell.js'
import { SaccadeError } from '../../core/errors.js'
import { bold, dim } from '../terminal.js'
import type { Words } from '../words.js'
import { bytesOfFile, modelNamed, oneModel } from './known.js'
import { quantile } from './quantile.js'
import { readyTensors, sizeOf } from './ready-tensors.js'
import { megabytes, printJson } from './written.js'

const warmUps = 10
const usualRuns = 100

/** `saccade models bench FILE|NAME`: how long the model alone takes on this machine. */
export async function bench(words: readonly string[], read: Words): Promise<number> {
  const named = modelNamed(oneModel('bench', words))
  const { name, path } = named
  const runs = countOf('runs', read.one('runs'), usualRuns)
  const { runtime, ...facts } = await tellModel(name, path)
  const { tensors, what } = readyTensors(named, facts, sizeOf(read.one('size')))
  const model = await openBareModel(name, path, tensors)
  const tookMs: number[] = []
  try {
    for (let run = -warmUps; run < runs; run++) {
      const { tookMs: one } = await model.run({})
      if (run >= 0) tookMs.push(one)
    }
  } finally {
    await model.close()
  }
  tookMs.sort((a, b) => a - b)
  const [p50, p95, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.95), quantile(tookMs, 0.99)]
  const [min, max] = [tookMs[0] ?? NaN, tookMs.at(-1) ?? NaN]
  const bytes = (await bytesOfFile(path)) ?? 0
  const processor = cpus()[0]?.model ?? 'unknown processor'
  if (read.flag('json')) {
    const figures = { unit: 'ms', n: runs, p50, p95, p99, min, max }
    printJson({ name, file: path, bytes, ...figures, warmUps, input: what, threads: 1, runtime, processor })
    return 0
  }
  const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
  process.stdout.write(`${bold(name)}  ${path}  ${megabytes(bytes)}
  p50 ${ms(p50)}   p95 ${ms(p95)}   p99 ${ms(p99)}   (least ${ms(min)}, most ${ms(max)})
${dim(`  session.run alone, in a worker thread on one core, its tensors ready: ${what};
  ${String(warmUps)} runs to warm up, then ${String(runs)} one after the other; ONNX Runtime ${runtime}, ${processor}`)}
`)
  return 0
}

/** A whole number of at least 1. @throws SaccadeError `usage` */
export function countOf(option: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  const count = Number(text)
  if (/^\d{1,6}$/.test(text) && count >= 1) return count
  throw new SaccadeError(`--${option} must be a whole number of at least 1: found ${text}`, {
    code: 'usage',
    remedy: `write --${option} ${String(usual)}`,
  })
}
