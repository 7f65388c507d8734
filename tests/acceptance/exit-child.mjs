// Runs the pipeline of the first argument and ends with process.exit(7) so many ms later as the second says.
import { createPipeline } from '../../dist/index.js'

const [, , file, afterMs] = process.argv
process.stdout.write('hears\n')
setTimeout(() => process.exit(7), Number(afterMs))
const run = await createPipeline(file)
await run.start()
