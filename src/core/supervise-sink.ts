import { ignoreElements, Observable, Subject, tap } from 'rxjs'
import { SaccadeError } from './errors.js'
import { type Packet, renewed } from './packet.js'
import type { AnyStage, Restart, SinkInput, StageContext } from './stage.js'
import { supervise } from './supervise.js'

/** A sink that takes its inputs. */
export type Sink = {
  readonly done$: Observable<never>
  readonly results: Readonly<Record<string, Observable<Packet<unknown>>>>
}
type Consume = (inputs: readonly SinkInput[]) => Sink

/** Why a stage cannot be built anew in the middle of a run (S3); null where it can. */
export function whyNoRestart(stage: AnyStage): string | null {
  if (stage.kind !== 'sink') return null
  if (stage.actuator) return 'it moves something, and a new life would not know where that stands'
  return stage.noRestart ?? null
}

/** @throws SaccadeError `config` for a sink that cannot be built anew */
export function mustRestart(stage: AnyStage): void {
  const why = whyNoRestart(stage)
  if (why === null) return
  throw new SaccadeError(`${stage.name} cannot be built anew after an error: ${why}`, {
    code: 'config',
    stage: stage.name,
    remedy: 'leave onError out: its failure takes nothing else with it',
  })
}

/** A sink that is built anew after an error, fed from the same inputs; who reads its results hears of all its lives. */
export function superviseSink(
  consume: Consume,
  results: readonly string[],
  restart: Restart,
  context: StageContext,
): Consume {
  return (inputs) => {
    const given = new Map(results.map((name) => [name, new Subject<Packet<unknown>>()]))
    const live = (insides: readonly Observable<Packet<unknown>>[], restarts: number): Observable<never> =>
      new Observable((downstream) => {
        const life = consume(inputs.map((input, index) => ({ ...input, packets$: insides[index] ?? input.packets$ })))
        for (const [name, subject] of given) {
          const passed = life.results[name]?.subscribe({
            next: (packet) => {
              subject.next(renewed(packet, restarts))
            },
            error: (error: unknown) => {
              downstream.error(error)
            },
          })
          downstream.add(passed)
        }
        life.done$.subscribe(downstream)
      })
    const packets = inputs.map(({ packets$ }) => packets$)
    const ended = (): void => {
      for (const subject of given.values()) subject.complete()
    }
    return {
      done$: supervise<never>(packets, live, restart, context).pipe(
        tap({ complete: ended, error: ended }),
        ignoreElements(),
      ),
      results: Object.fromEntries(given),
    }
  }
}
