import type { Finding } from './proof.js'

/** The rules that a stage can keep or break by itself, in the contract's order. */
const order = 'P1 T1 T2 T3 E1 E3 E5 E7 E8 E10 S1 S2 S3 S5 S6 S7 I3 C1 C4'.split(' ')

/** What a stage was found to keep of the contract, one line for each rule. */
export class Report {
  readonly stage: string
  /** By it the same schedules are drawn again. */
  readonly seed: number
  readonly findings: readonly Finding[]

  constructor(stage: string, seed: number, findings: readonly Finding[]) {
    this.stage = stage
    this.seed = seed
    this.findings = order.map((rule) =>
      together(
        rule,
        findings.filter((finding) => finding.rule === rule),
      ),
    )
  }

  /** The numbers of the rules that are broken. */
  get broken(): readonly string[] {
    return this.findings.filter(({ verdict }) => verdict === 'broken').map(({ rule }) => rule)
  }

  toString(): string {
    const { broken } = this
    const head = broken.length === 0 ? 'keeps the contract' : `breaks ${broken.join(', ')}`
    return `${this.stage} ${head} (seed ${String(this.seed)})\n${this.findings.map(lineOf).join('\n')}`
  }
}

/** Several proofs may tell of one rule: one that breaks it is enough. */
function together(rule: string, found: readonly Finding[]): Finding {
  const broken = found.find(({ verdict }) => verdict === 'broken')
  if (broken !== undefined) return broken
  const schedules = found.reduce((sum, finding) => sum + finding.schedules, 0)
  return { rule, verdict: schedules > 0 ? 'holds' : 'does not apply', schedules }
}

function lineOf({ rule, verdict, schedules, fault = '', smallest = '' }: Finding): string {
  const name = rule.padEnd(3)
  if (verdict === 'does not apply') return `  ${name} – does not apply`
  if (verdict === 'holds') return `  ${name} holds (${String(schedules)} ${schedules === 1 ? 'schedule' : 'schedules'})`
  return `  ${name} broken: ${fault}\n${smallest.replaceAll(/^/gm, '        ')}`
}
