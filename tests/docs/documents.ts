import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block: its language, its text as it stands, and where it begins. */
export type Block = { readonly language: string; readonly text: string; readonly where: string }

export type Document = {
  /** From the project's folder: `docs/contract.md`. */
  readonly path: string
  readonly text: string
  /** The text with its blocks taken out; lines stay where they were. */
  readonly prose: string
  readonly blocks: readonly Block[]
}

/** Everything that people read. */
export const documents: readonly Document[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'media/README.md',
  'models/README.md',
  'tests/golden/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => `docs/${name.split(sep).join('/')}`)
    .filter((path) => path.endsWith('.md'))
    .sort(),
].map(readDocument)

function readDocument(path: string): Document {
  const text = readFileSync(join(root, path), 'utf8')
  const blocks: Block[] = []
  const prose = text.replaceAll(
    /^```(\w*)\n([\s\S]*?)^```$/gm,
    (whole, language: string, inside: string, at: number) => {
      const line = text.slice(0, at).split('\n').length
      blocks.push({ language, text: inside, where: `${path}:${String(line)}` })
      return whole.replaceAll(/[^\n]/g, '')
    },
  )
  return { path, text, prose, blocks }
}

/** All blocks of a language, in order. */
export function blocksOf(language: string): readonly Block[] {
  return documents.flatMap(({ blocks }) => blocks.filter((block) => block.language === language))
}
