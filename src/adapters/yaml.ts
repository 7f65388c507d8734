import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** A value as it was written, with where: line and column count from 1. */
export type Written = {
  readonly line: number
  readonly column: number
  readonly value:
    | { readonly kind: 'scalar'; readonly scalar: unknown }
    | { readonly kind: 'list'; readonly items: readonly Written[] }
    | {
        readonly kind: 'map'
        readonly entries: readonly { readonly key: string; readonly at: Written; readonly to: Written }[]
      }
}

export type YamlProblem = { readonly line: number; readonly column: number; readonly text: string }

/** One wrong bracket brings many errors after it. */
const mostProblems = 5

/** Reads YAML 1.2 into values that know where they stand. Anchors are refused: a pipeline says things once, by name. */
export function readYaml(text: string): { readonly root: Written | null; readonly problems: readonly YamlProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const found = [...document.errors, ...document.warnings].slice(0, mostProblems)
  const problems: YamlProblem[] = found.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    const text = error.code === 'MULTIPLE_DOCS' ? 'a file holds one pipeline, and here a second begins' : error.message
    return { line, column: col, text }
  })

  const place = (node: Node | null): { line: number; column: number } => {
    const offset = node?.range?.[0]
    if (offset === undefined) return { line: 1, column: 1 }
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }

  const read = (node: Node | null): Written => {
    const at = place(node)
    if (isAlias(node)) {
      problems.push({ ...at, text: 'aliases (*name) are not part of the pipeline language: write the value out' })
      return { ...at, value: { kind: 'scalar', scalar: null } }
    }
    if (isSeq(node))
      return { ...at, value: { kind: 'list', items: node.items.map((item) => read(item as Node | null)) } }
    if (isMap(node)) {
      const entries = node.items.map((pair) => {
        const key = pair.key as Node | null
        const name = isScalar(key) ? String(key.value) : ''
        if (!isScalar(key)) problems.push({ ...place(key), text: 'a key must be a word' })
        return {
          key: name,
          at: { ...place(key), value: { kind: 'scalar', scalar: name } as const },
          to: read(pair.value as Node | null),
        }
      })
      return { ...at, value: { kind: 'map', entries } }
    }
    return { ...at, value: { kind: 'scalar', scalar: isScalar(node) ? node.value : null } }
  }

  const contents = document.contents
  return { root: contents === null ? null : read(contents), problems }
}
