// Runs the command once as people do, and keeps what V8 compiled for it beside the command: the next start compiles nothing.
import { fileURLToPath } from 'node:url'
import { loadCommand } from '../dist/cli/load-command.js'

const pipeline = fileURLToPath(new URL('../pipelines/follow-face.yaml', import.meta.url))
process.stderr.write = () => true
process.stdout.write = () => true
const start = { early: null, importModule: (address) => import(address) }
const { command, save } = loadCommand()
// Where something that a run needs is missing, this much less is compiled; the run itself will say so.
await command(['check', pipeline], start)
await command(['run', pipeline, '--for', '300ms', '--port', '0', '--tap', 'faces'], start)
save()
process.exitCode = 0
