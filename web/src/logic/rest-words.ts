import type { RobotState } from '../../../src/core/wire.js'

const stamps: Readonly<Record<string, string>> = {
  medium: 'stamped by the medium',
  device: 'stamped by the device driver',
  browser: 'stamped by the browser',
  arrival: 'stamped on arrival, so exposure and transfer come on top',
  synthetic: 'stamped by a generator',
}

/** What the age rests on, as the grey line under it. */
export function restWords(robot: Pick<RobotState, 'stamp' | 'kind'>): string {
  const stamp = robot.stamp === null ? [] : [stamps[robot.stamp] ?? `stamped by ${robot.stamp}`]
  return [...stamp, 'simulated robot, measured in process'].join(' · ')
}

/** A stamp of arrival does not hold what came before it (P2). */
export function isAtLeast(stamp: string | null): boolean {
  return stamp === 'arrival'
}
