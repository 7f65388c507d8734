import { isSynchronous, lettingGoProof, torrentProof } from './bound-proofs.js'
import { type ConformsOptions, type Defined, type Exam, readExam } from './exam.js'
import { fc } from './fast-check.js'
import { canSkip, grammarProof, ordinaryProof } from './ordinary-proof.js'
import type { Finding, Proof } from './proof.js'
import { Report } from './report.js'
import { epochProof, originsProof, recoveryProof, repeatProof, skipProof } from './twin-proofs.js'
import { writtenProof } from './written-proof.js'

/** A stage breaks the contract; its message is the report. */
export class BrokenContract extends Error {
  override readonly name = 'BrokenContract'
  readonly report: Report

  constructor(report: Report) {
    super(report.toString())
    this.report = report
  }
}

/** Which proofs make sense of what is examined. */
function proofsOf(exam: Exam): readonly Proof[] {
  const { stage, real } = exam
  const always = [writtenProof(exam), ordinaryProof(exam)]
  if (real || stage.kind === 'stream') return always
  const some = [...always, torrentProof(exam)]
  if (stage.kind === 'sink') return some
  return [
    ...some,
    originsProof(exam),
    epochProof(exam),
    repeatProof(exam),
    recoveryProof(exam),
    ...(canSkip(exam) ? [skipProof(exam)] : [grammarProof(exam)]),
    ...(isSynchronous(exam) ? [lettingGoProof(exam)] : []),
  ]
}

/**
 * Says whether a stage keeps the contract, rule by rule, over schedules that are drawn: arrivals × consumers that stall ×
 * endings, on virtual time. It works for operators of all forms, streams and sinks, in any test runner.
 *
 * @param defined what `defineOperator`, `defineStream` or `defineSink` gave
 * @returns the report; in a test, `await` is all that is needed
 * @example
 * test('threshold keeps the contract', () => conforms(threshold))
 * @throws BrokenContract with one line for each rule, and the smallest schedule that breaks it
 */
export async function conforms(defined: Defined, options: ConformsOptions = {}): Promise<Report> {
  const exam = readExam(defined, options)
  const { seed = fc.sample(fc.noBias(fc.nat()), 1)[0] ?? 0 } = options
  const findings: Finding[] = []
  for (const proof of proofsOf(exam)) findings.push(...(await proof.run(seed)))
  const report = new Report(exam.stage.name, seed, findings)
  if (report.broken.length > 0) throw new BrokenContract(report)
  return report
}
