import { z } from 'zod'
import { defineSink } from '../core/define.js'
import { jointTargetPort, robotPort } from '../core/ports.js'
import { rate } from '../core/units.js'
import { runActuator } from './actuator.js'

const options = z.strictObject({
  robot: z.enum(['sim']).default('sim').describe('sim: a simulated head in this process; a real robot comes later'),
  rate: rate({ min: 1, max: 200 }).prefault('50Hz').describe('commands a second'),
})

/**
 * Moves a Reachy Mini: at a fixed rate the newest target goes through the limits to the motors, and what was measured
 * comes back.
 *
 *     in       -t-----t--t----------    targets: the newest counts, older ones are overflow
 *     tick     --|--|--|--|--|--|--|
 *     measured --m--m--m--m--m--m--m    what the robot does, at every tick
 *
 * Limits (reach, speed, acceleration) are the last thing before the motors (A3). Without a fresh target for the
 * watchdog's `hold` it holds, after `park` it lays its head down (A4). On completion it parks, then completes.
 *
 * @example
 * target$.pipe(reachyMini({ robot: 'sim' }, { watchdog: { hold: '300ms', park: '5s' } }))
 */
export const reachyMini = defineSink({
  name: 'reachy-mini',
  summary: 'Moves a Reachy Mini at a fixed rate, within its limits, and tells what it measured.',
  input: jointTargetPort,
  takes: 'one',
  actuator: true,
  options,
  main: 'robot',
  example: { robot: 'sim', rate: '50Hz' },
  results: { measured: robotPort, commanded: robotPort },
  mainResult: 'measured',
  consume: (settings, context) => (inputs) => runActuator(settings, context, inputs),
})
