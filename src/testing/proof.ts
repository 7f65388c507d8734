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

type Fault = { readonly fault: string; readonly smallest: string }

/** Looks at every case once; then, for each rule that was broken, for the smallest case that breaks it. */
export function createProof<Case>({ cases, runs, shrinks = true, look, told }: Facts<Case>): Proof {
  /** What breaks at all may not do so again, where chance has a hand in it: then the first case must do. */
  const smallest = async (rule: string, seed: number, first: Fault): Promise<Fault> => {
    let fault = ''
    const breaks = fc.asyncProperty(cases, async (one) => {
      const verdict = (await look(one))[rule]
      if (typeof verdict !== 'string') return true
      fault = verdict
      return false
    })
    const { counterexample } = await fc.check(breaks, { seed, numRuns: runs })
    const [one] = counterexample ?? []
    return one === undefined ? first : { fault, smallest: told(one) }
  }
  return {
    async run(seed) {
      const shown = new Map<string, number>()
      const broken = new Map<string, Fault>()
      const all = fc.asyncProperty(cases, async (one) => {
        for (const [rule, verdict] of Object.entries(await look(one))) {
          shown.set(rule, (shown.get(rule) ?? 0) + (verdict === null ? 0 : 1))
          if (typeof verdict === 'string' && !broken.has(rule))
            broken.set(rule, { fault: verdict, smallest: told(one) })
        }
        return true
      })
      const { errorInstance: cause, counterexample } = await fc.check(all, { seed, numRuns: runs })
      if (cause instanceof Error) {
        const [one] = counterexample ?? []
        throw new Error(`${cause.message}${one === undefined ? '' : `\non this schedule:\n${told(one)}`}`, { cause })
      }
      const findings: Finding[] = []
      for (const [rule, schedules] of shown) {
        const first = broken.get(rule)
        if (first === undefined) findings.push({ rule, verdict: schedules > 0 ? 'holds' : 'does not apply', schedules })
        else {
          const fault = shrinks ? await smallest(rule, seed, first) : first
          findings.push({ rule, verdict: 'broken', schedules, ...fault })
        }
      }
      return findings
    },
  }
}
