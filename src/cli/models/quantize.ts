import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { hashFile } from '../../adapters/hash-file.js'
import type { Tensors } from '../../adapters/onnx-bare-run.js'
import { tellModel } from '../../adapters/onnx-tell.js'
import { cannotWrite } from '../../adapters/pull-problem.js'
import { SaccadeError } from '../../core/errors.js'
import { bold, dim, green, say } from '../terminal.js'
import type { Words } from '../words.js'
import { countOf } from './bench.js'
import { type Comparison, verdictOf } from './compare.js'
import { modelNamed, type NamedModel, oneModel } from './known.js'
import { checkPython, runQuantizer } from './python.js'
import { questionsOf } from './questions.js'
import { sizeOf } from './ready-tensors.js'
import { tryBoth } from './try-both.js'
import { megabytes, printJson } from './written.js'

const usualFrames = 'demo:demo.mp4'
const usualCount = 50

/** `saccade models quantize FILE|NAME`: an int8 version of a model, and whether it pays on this machine. */
export async function quantize(words: readonly string[], read: Words): Promise<number> {
  const named = modelNamed(oneModel('quantize', words))
  const { name, path } = named
  const isStatic = read.flag('static')
  const out = outOf(named, read)
  const count = countOf('count', read.one('count'), usualCount)
  const address = read.one('frames') ?? usualFrames
  const { runtime, ...facts } = await tellModel(name, path)
  const python = await checkPython()
  const wish = { address, count, isStatic, sizePx: sizeOf(read.one('size')) }
  const { calibration, questions, what } = await questionsOf(named, facts, wish)
  const work = await mkdtemp(join(tmpdir(), 'saccade-quantize-'))
  try {
    const made = join(work, 'int8.onnx')
    if (!read.flag('json')) say(`${dim('·')} ${name} becomes int8 (${kindOf(isStatic)}), by ONNX Runtime ${python.onnxruntime} of Python`)
    const perChannel = await runQuantizer(await writeJob(work, path, made, calibration))
    if (isStatic && !perChannel)
      say(`${dim('·')} its weights have one scale a tensor, not one a channel: it could not be brought to opset 13`)
    const tried = await tryBoth([{ name, path }, { name: `${name}, quantized`, path: made }], questions)
    const { bytes, sha256 } = await hashFile(made)
    const comparison: Comparison = { ...tried, bytes: [(await hashFile(path)).bytes, bytes] }
    await place(made, out)
    const how = `quantized to int8 (${kindOf(isStatic)}) by ONNX Runtime ${python.onnxruntime}`
    await writeManifestBeside(named, out, how, { bytes, sha256 })
    tell(named, out, comparison, { what, runtime, json: read.flag('json') })
    return 0
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const kindOf = (isStatic: boolean): string => (isStatic ? 'static' : 'dynamic')

/** Where it is to lie: beside a file of the user's own, else where one stands. @throws SaccadeError `usage` */
function outOf({ name, path }: NamedModel, read: Words): string {
  const isOwn = read.file.endsWith('.onnx')
  const out = resolve(read.one('to') ?? (isOwn ? path.replace(/\.onnx$/, '-int8.onnx') : `${name}-int8.onnx`))
  if (!out.endsWith('.onnx')) {
    throw new SaccadeError(`--to must be a path that ends in .onnx: found ${out}`, {
      code: 'usage',
      remedy: `write --to ${name}-int8.onnx`,
    })
  }
  if (!existsSync(out) || (read.flag('force') && out !== path)) return out
  const remedy = 'name another file with --to, or write over it with --force'
  throw new SaccadeError(`cannot write ${out} as it is there already`, { code: 'usage', where: out, remedy })
}

/** What the Python script is to do, with the tensors it calibrates by as files. */
async function writeJob(
  work: string,
  model: string,
  out: string,
  calibration: readonly (() => Tensors)[],
): Promise<string> {
  const names: { name: string; type: string; dims: readonly number[] }[] = []
  for (const [at, make] of calibration.entries()) {
    for (const [i, [name, { type, dims, data }]] of Object.entries(make()).entries()) {
      if (at === 0) names.push({ name, type, dims })
      await writeFile(join(work, `${String(at)}-${String(i)}.raw`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  }
  const job = join(work, 'job.json')
  const samples = calibration.length
  await writeFile(job, JSON.stringify({ model, out, work, static: samples > 0, inputs: names, samples }))
  return job
}

async function place(made: string, out: string): Promise<void> {
  const own = `${out}.${String(process.pid)}.new`
  try {
    await copyFile(made, own)
    await rename(own, out)
  } catch (cause) {
    await rm(own, { force: true })
    throw cannotWrite(out, cause)
  }
}

/** So that a stage can be given the file by its path alone. */
async function writeManifestBeside(
  { name, manifest }: NamedModel,
  out: string,
  how: string,
  facts: { readonly bytes: number; readonly sha256: string },
): Promise<void> {
  if (manifest === null) return
  const converted = manifest.converted === undefined ? how : `${manifest.converted}, then ${how}`
  const written = { ...manifest, name: `${name}-int8`, version: `${manifest.version}-int8`, converted, ...facts }
  await writeFile(out.replace(/\.onnx$/, '.json'), `${JSON.stringify(written, null, 2)}\n`)
}

function tell(
  { name, path }: NamedModel,
  out: string,
  comparison: Comparison,
  { what, runtime, json }: { readonly what: string; readonly runtime: string; readonly json: boolean },
): void {
  const { bytes, p50Ms, agreement, cosine } = comparison
  const { paid, text } = verdictOf(comparison)
  if (json) {
    printJson({ name, file: path, out, bytes, p50Ms, agreement, cosine, comparedOn: what, runtime, paid, verdict: text })
    return
  }
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  const boxes =
    agreement === null
      ? ''
      : `  boxes    ${String(agreement.boxes)} of float, ${String(agreement.kept)} kept by int8 (same label, IoU at least 0.5), ${String(agreement.onlySecond)} that only int8 has${
          agreement.kept === 0 ? '' : `; scores ${agreement.scoreDifference.toFixed(3)} apart on average`
        }\n`
  process.stdout.write(`${green('✓')} ${bold(name)}  ${out}
  size     ${megabytes(bytes[0])} float, ${megabytes(bytes[1])} int8
  p50      ${ms(p50Ms[0])} float, ${ms(p50Ms[1])} int8
${boxes}  answers  agree to a cosine of ${cosine.toFixed(4)}
${dim(`  session.run alone, in worker threads on one core each, in turns, on ${what}; ONNX Runtime ${runtime}`)}
${text}
`)
}
