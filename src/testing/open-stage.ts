import type { Observable } from 'rxjs'
import { applyOperator } from '../core/apply-operator.js'
import type { Packet } from '../core/packet.js'
import type { Runtime } from '../core/runtime.js'
import { anyPort, type StageContext } from '../core/stage.js'
import type { Exam } from './exam.js'
import type { TrialWays } from './trial.js'

type Packets = Observable<Packet<unknown>>

/** A stage made ready in a runtime: what one listens to; the first tells when it has ended. */
export type OpenStage = { readonly outputs: readonly Packets[] }

/** Makes the stage of an exam, as a pipe or the engine would; nothing runs before its outputs are subscribed to. */
export function openStage(exam: Exam, runtime: Runtime, source$: Packets, ways: TrialWays): OpenStage {
  const { stage, options, port } = exam
  const { how = exam.how, raw = false } = ways
  const context: StageContext = { runtime, name: stage.name, meter: runtime.meter(stage.name), how }
  return runtime.run(() => {
    if (stage.kind === 'operator') {
      const operator =
        raw && 'packets' in stage ? stage.packets(options, context) : applyOperator(stage, options, context)
      return { outputs: [source$.pipe(operator as (source$: Packets) => Packets)] }
    }
    if (stage.kind === 'stream') {
      const results = stage.open(options, context, { picture: null, sound: null, behind: {} }) as Readonly<
        Record<string, Packets>
      >
      const main = results[stage.mainResult]
      const others = Object.values(results).filter((one) => one !== main)
      return { outputs: main === undefined ? others : [main, ...others] }
    }
    const input = { name: 'input', port: port ?? anyPort, packets$: source$ }
    const sink = stage.consume(options, context)([input])
    return { outputs: [sink.done$, ...Object.values(sink.results as Readonly<Record<string, Packets>>)] }
  })
}
