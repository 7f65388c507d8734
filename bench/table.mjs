const columns = [
  ['what', (row) => row.what],
  ['n', (row) => String(row.n)],
  ['p50', (row) => number(row.p50)],
  ['p95', (row) => number(row.p95)],
  ['p99', (row) => number(row.p99)],
  ['max', (row) => number(row.max)],
  ['unit', (row) => row.unit],
  [
    'baseline p50/p99',
    (row) =>
      row.baseline === undefined ? '' : `${number(row.baselineP50)} / ${number(row.baselineP99)}  ${row.baseline}`,
  ],
  ['ratio', (row) => (row.ratio === undefined ? '' : row.ratio.toFixed(2))],
  ['target', (row) => (row.target === undefined ? '' : `${row.holds ? '✓' : '✗'} ${row.target}`)],
]

const number = (value) =>
  value === undefined || !Number.isFinite(value) ? '–' : value >= 100 ? value.toFixed(0) : value.toFixed(2)

/** Prints rows as a table, columns as wide as they need to be. */
export function printTable(rows) {
  const cells = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, read]) => read(row)))]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)))
  for (const line of cells)
    console.log(
      line
        .map((cell, index) => (index === 0 || index > 5 ? cell.padEnd(widths[index]) : cell.padStart(widths[index])))
        .join('  '),
    )
  console.log('')
  for (const { what, notes } of rows) if (notes !== undefined) console.log(`  ${what}: ${notes}`)
}
