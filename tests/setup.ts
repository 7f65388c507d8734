import fc from 'fast-check'

// Printed by the runner and set by SACCADE_SEED: a failure can be repeated.
fc.configureGlobal({ seed: Number(process.env['SACCADE_SEED']) })
