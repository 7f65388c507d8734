import { ignoreElements, Observable, Subject, tap } from 'rxjs'
import { type Packet, renewed } from './packet.js'
import type { Restart, SinkInput, StageContext } from './stage.js'
import { supervise } from './supervise.js'

/** A sink that takes its inputs. */
export type Sink = {
  readonly done$: Observable<never>
  readonly results: Readonly<Record<string, Observable<Packet<unknown>>>>
}
type Consume = (inputs: readonly SinkInput[]) => Sink

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
    const fed = inputs.map(({ packets$ }) => ({ packets$, meter: context.meter }))
    const ended = (): void => {
      for (const subject of given.values()) subject.complete()
    }
    return {
      done$: supervise<never>(fed, live, { restart, changing: null }, context).pipe(
        tap({ complete: ended, error: ended }),
        ignoreElements(),
      ),
      results: Object.fromEntries(given),
    }
  }
}
