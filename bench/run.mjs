// npm run bench            lists the benchmarks
// npm run bench -- NAME    runs one: a table, or with --json one JSON object a line; --quick ends within 20 s; --plot draws
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { printTable } from './table.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const helpers = [
  'run.mjs',
  'table.mjs',
  'figures.mjs',
  'child.mjs',
  'plot.mjs',
  'batches.mjs',
  'turns.mjs',
  'painted.mjs',
  'demo-files.mjs',
  'models.mjs',
  'sinks-scene.mjs',
  'viewers.mjs',
  'hostile.mjs',
]
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !helpers.includes(file))
  .map((file) => file.replace('.mjs', ''))

// ONNX Runtime tells its makers what runs; the engine switches that off, and so do the baselines.
process.env.ORT_DISABLE_TELEMETRY ??= '1'
const words = process.argv.slice(2)
const [name] = words.filter((word) => !word.startsWith('--'))
const options = { quick: words.includes('--quick'), plot: words.includes('--plot') }
const json = words.includes('--json')

const about = async (bench) => (await import(`./${bench}.mjs`)).about

if (name === undefined && !options.quick) {
  console.log('benchmarks: npm run bench -- NAME [--json] [--quick] [--plot]\n')
  for (const bench of names) console.log(`  ${bench.padEnd(12)} ${await about(bench)}`)
} else if (name !== undefined && !names.includes(name)) {
  console.error(`there is no benchmark ${name}: ${names.join(', ')}`)
  process.exitCode = 2
} else {
  for (const bench of name === undefined ? names : [name]) {
    const { run, about: text } = await import(`./${bench}.mjs`)
    if (!json) console.log(`${bench}: ${text}\n`)
    const rows = await run({ ...options, say: (line) => console.error(line) })
    if (json) for (const row of rows) console.log(JSON.stringify({ bench, ...row }))
    else printTable(rows)
  }
}
