import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BrokenContract, conforms, type ConformsOptions } from '../../src/testing/index.js'
import { anyEdgeCase, compareEdge } from '../reference/compare-edge.js'
import { type EdgeFault, faultyQueue } from './faulty-edge.js'
import { runs } from '../helpers/runs.js'

/** Which rule each fault breaks, and which others may be broken with it; null where no stage can show it, as it is a matter of what was asked for. */
const breaks: Readonly<Record<EdgeFault, readonly [rule: string, ...others: string[]] | null>> = {
  'has no bound': ['E1'],
  'keeps one more than its capacity': null,
  'drops the newest': ['E8'],
  'drops two for one': null,
  reorders: ['S2', 'T3', 'E8'],
  'delivers what is stale': ['E3'],
  'does not count what is stale': ['E7'],
  'does not count what it discards': ['E7'],
  'forgets the loss mark': ['E8'],
  'tells of one loss too many': ['E8'],
  'delivers while its gate is shut': ['E5'],
  'loses the gate': ['E5'],
  'holds its feeder for ever': ['E5', 'S5'],
  'drains by recursion': ['E10', 'S1'],
  'gives inside of next': ['E5'],
  'keeps frames without a share': ['S6'],
  'never lets go of a frame': ['S6', 'S5'],
  'leaves a timer': ['S5', 'T1'],
  'never completes': ['S1', 'E10'],
  'completes twice': ['S1'],
  'completes before what waits': ['S1'],
  'swallows errors': ['S3'],
}

const deep: ConformsOptions = { options: { capacity: 20_000, maxAge: '10h' }, holdsAtMost: 20_000, runs: 20 }
const settings = (fault: EdgeFault): ConformsOptions => {
  if (fault === 'drains by recursion') return deep
  // Two of one stream must wait at once for it to be seen as that.
  return fault === 'reorders' ? { runs: 600 } : {}
}

async function brokenBy(fault: EdgeFault | null, options: ConformsOptions): Promise<readonly string[]> {
  try {
    return (await conforms(faultyQueue(fault), options)).broken
  } catch (error) {
    if (error instanceof BrokenContract) return error.report.broken
    throw error
  }
}

describe('conforms finds what is wrong with an edge', () => {
  test.each([{ runs: 500 }, deep])('and nothing where nothing is wrong', async (options) => {
    expect(await brokenBy(null, options)).toEqual([])
  })

  const shown = Object.entries(breaks).flatMap(([fault, rules]) =>
    rules === null ? [] : [{ fault: fault as EdgeFault, rule: rules[0], rules }],
  )
  test.each(shown.map((one) => [one.fault, one.rule, one.rules] as const))('%s: %s', async (fault, rule, rules) => {
    const broken = await brokenBy(fault, settings(fault))
    expect(broken).toContain(rule)
    expect(broken.filter((one) => !rules.includes(one))).toEqual([])
  })
})

describe('the model finds what is wrong with an edge', () => {
  /** How many schedules it takes to find a difference; null where there is none. */
  async function found(fault: EdgeFault | null): Promise<number | null> {
    // The faulty edge knows no bound in bytes.
    const dropsOldest = anyEdgeCase.map(({ edge: { capacity, maxAgeMs }, schedule }) => ({
      edge: { whenFull: 'drop-oldest', capacity, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) } as const,
      schedule,
    }))
    const same = fc.asyncProperty(dropsOldest, async (one) => {
      const { model, found: seen } = await compareEdge(one, faultyQueue(fault), ({ capacity, maxAgeMs }) => ({
        capacity,
        ...(maxAgeMs === undefined ? {} : { maxAge: `${String(maxAgeMs)}ms` }),
      }))
      return fc.stringify({ ...model, mostHeld: 0 }) === fc.stringify({ ...seen, mostHeld: 0 })
    })
    const { failed, numRuns } = await fc.check(same, { numRuns: runs(500), endOnFailure: true })
    return failed ? numRuns : null
  }

  test('and nothing where nothing is wrong', async () => {
    expect(await found(null)).toBe(null)
  })

  test.each([
    'keeps one more than its capacity',
    'drops the newest',
    'drops two for one',
    'reorders',
    'has no bound',
    'delivers what is stale',
    'does not count what is stale',
    'does not count what it discards',
    'forgets the loss mark',
    'tells of one loss too many',
    'delivers while its gate is shut',
    'never completes',
    'completes before what waits',
    'swallows errors',
  ] as const)('%s', async (fault) => {
    expect(await found(fault)).not.toBe(null)
  })
})
