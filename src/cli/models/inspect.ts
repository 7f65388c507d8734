import { hashFile } from '../../adapters/hash-file.js'
import { tellModel } from '../../adapters/onnx-tell.js'
import { bold, dim } from '../terminal.js'
import { modelNamed, oneModel } from './known.js'
import { type Suit, suitsOf } from './suits.js'
import { megabytes, printJson, tensorLine } from './written.js'

/** `saccade models inspect FILE|NAME`: what a file tells of itself, and which decoder it would suit. */
export async function inspect(words: readonly string[], json: boolean): Promise<number> {
  const { name, path, manifest } = modelNamed(oneModel('inspect', words))
  const { inputs, outputs, rewrites, runtime } = await tellModel(name, path)
  const file = await hashFile(path)
  const suits = suitsOf({ name, inputs, outputs })
  if (json) {
    printJson({ name, file: path, ...file, inputs, outputs, manifest, suits, rewrites, runtime })
    return 0
  }
  const told = manifest === null ? suitLines(suits) : [`decoder  ${manifest.decoder}, by its manifest: ${manifest.about}`]
  const isKnown = manifest?.sha256 === undefined ? '' : manifest.sha256 === file.sha256 ? ', as its manifest has it' : ''
  const isOther = manifest?.sha256 !== undefined && manifest.sha256 !== file.sha256
  const lines = [
    `${bold(name)}  ${path}  ${megabytes(file.bytes)}`,
    ...inputs.map((tensor) => `  in   ${tensorLine(tensor)}`),
    ...outputs.map((tensor) => `  out  ${tensorLine(tensor)}`),
    ...told.map((line) => `  ${line}`),
    ...rewrites.map((line) => `  quicker here: ${line}`),
    `  sha256 ${file.sha256} (${String(file.bytes)} bytes)${isKnown}`,
    ...(isOther ? [`  that is not the file of its manifest: saccade models verify ${name}`] : []),
    dim(`  read by ONNX Runtime ${runtime}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return 0
}

const stages = {
  blazeface: 'detect-faces',
  silero: 'voice-activity',
  movenet: 'detect-pose',
  yolox: 'detect-objects',
  yolov8: 'detect-objects',
  'nms-inside': 'detect-objects',
} as const

function suitLines(suits: readonly Suit[]): readonly string[] {
  if (suits.length === 0) return ['decoder  none of those that are here fits its shapes']
  return suits.map(({ decoder, labels }) => {
    const many = labels === null ? '' : labels === 1 ? ' of one label' : ` of ${String(labels)} labels`
    const word = suits.length > 1 ? 'could be' : 'suits'
    return `decoder  ${word} ${decoder}${many}: ${stages[decoder]}`
  })
}
