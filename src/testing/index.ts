export { expectNoLeaks, tracedPool, tracePools } from './traced-pool.js'
export { type Marbles, virtualRun } from './virtual-run.js'
