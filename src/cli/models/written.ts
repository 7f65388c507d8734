import type { ModelTensor } from '../../core/inference.js'

/** `3.7 MB`, as disks are sold. */
export function megabytes(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB']
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`
}

/** `images  float32 [1, 3, 416, 416]` */
export function tensorLine({ name, type, dims }: ModelTensor): string {
  return `${name}  ${type} [${dims.map((size) => String(size ?? '?')).join(', ')}]`
}

/** Rows of words as columns; the last one is as long as it likes. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]): string => row.map((word, at) => word.padEnd(widths[at] ?? 0)).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}

/** Data goes to stdout, as one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
