export { type Marbles, virtualRun } from './virtual-run.js'
