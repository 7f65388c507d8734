import { fc } from './fast-check.js'
import type { Verdict } from './verdict.js'

/** What was found of one rule. */
export type Finding = {
  /** The rule's number in the contract. */
  readonly rule: string
  readonly verdict: 'holds' | 'broken' | 'does not apply'
  /** On how many schedules it showed. */
  readonly schedules: number
  /** Of one that is broken: what is wrong, and the smallest schedule that shows it. */
  readonly fault?: string
  readonly smallest?: string
}

/** Some rules, looked at on cases that are drawn. */
export type Proof = { readonly run: (seed: number) => Promise<readonly Finding[]> }

type Facts<Case> = {
  readonly cases: fc.Arbitrary<Case>
  readonly runs: number
  /** Whether a smaller case is looked for where one is broken; true unless told. */
  readonly shrinks?: boolean
  readonly look: (one: Case) => Promise<Readonly<Record<string, Verdict>>>
  /** The case as a person reads it. */
  readonly told: (one: Case) => string
}

/** Looks at every case once; then, for each rule that was broken, for the smallest case that breaks it. */
export function createProof<Case>({ cases, runs, shrinks = true, look, told }: Facts<Case>): Proof {
  const smallest = async (rule: string, seed: number): Promise<Finding> => {
    let fault = ''
    const breaks = fc.asyncProperty(cases, async (one) => {
      const verdict = (await look(one))[rule]
      if (typeof verdict !== 'string') return true
      fault = verdict
      return false
    })
    const { counterexample } = await fc.check(breaks, { seed, numRuns: runs, endOnFailure: !shrinks })
    const [one] = counterexample ?? []
    return { rule, verdict: 'broken', schedules: runs, fault, ...(one === undefined ? {} : { smallest: told(one) }) }
  }
  return {
    async run(seed) {
      const shown = new Map<string, number>()
      const broken = new Set<string>()
      const all = fc.asyncProperty(cases, async (one) => {
        for (const [rule, verdict] of Object.entries(await look(one))) {
          shown.set(rule, (shown.get(rule) ?? 0) + (verdict === null ? 0 : 1))
          if (typeof verdict === 'string') broken.add(rule)
        }
        return true
      })
      const details = await fc.check(all, { seed, numRuns: runs })
      const { errorInstance: cause, counterexample } = details
      if (cause instanceof Error) {
        const [one] = counterexample ?? []
        throw new Error(`${cause.message}${one === undefined ? '' : `\non this schedule:\n${told(one)}`}`, { cause })
      }
      const findings: Finding[] = []
      for (const [rule, schedules] of shown) {
        if (broken.has(rule)) findings.push(await smallest(rule, seed))
        else findings.push({ rule, verdict: schedules > 0 ? 'holds' : 'does not apply', schedules })
      }
      return findings
    },
  }
}
