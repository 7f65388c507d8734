import { Observable, Subject } from 'rxjs'
import { asSaccadeError, type SaccadeError } from '../core/errors.js'
import type { Packet } from '../core/packet.js'
import type { Runtime } from '../core/runtime.js'

type Packets = Observable<Packet<unknown>>

/** Where the branches of a run begin and end: what streams and inputs are open, which have died, and how they are ended. */
export type Branches = {
  /** Each failure of a branch, once. */
  readonly failures$: Observable<SaccadeError>
  readonly failed: (thrown: unknown) => void
  /** A result of a stream, counted while it is open. */
  readonly stream: (packets$: Packets, key: string) => Packets
  /** What a sink takes. Where its branch dies, the sink goes on in silence until the last stream has ended (S4). */
  readonly input: (packets$: Packets) => Packets
  /** What somebody else takes: it hears of the death, and is else as an input of a sink. */
  readonly consumed: (packets$: Packets) => Packets
  /** Completes the streams that have not completed by themselves when they were asked to (S5). */
  readonly completeStreams: () => void
  /** Resolves when the last input has ended; at once where none is open. */
  readonly drained: () => Promise<void>
  /** Ends the inputs that are still open; what waits before them is discarded, and counted so. */
  readonly cut: () => void
  /** Ends something of a stage's, whatever that throws. */
  readonly safely: (end: () => void) => void
}

/** What somebody takes: whether its branch has died, and how it is ended. */
type Input = { died: boolean; readonly end: () => void }

/** Watches over the branches of one run. */
export function createBranches(runtime: Runtime): Branches {
  const failures$ = new Subject<SaccadeError>()
  const told = new Set<unknown>()
  /** Of the open results of streams: how each is completed. When the last has ended, the run ends. */
  const streams = new Set<() => void>()
  const inputs = new Set<Input>()
  let waiting: (() => void)[] = []

  const failed = (thrown: unknown): void => {
    if (told.has(thrown)) return
    told.add(thrown)
    const error = asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' })
    runtime.tell('error', `${error.stage ?? 'a stage'}: ${error.message} → ${error.remedy}`)
    failures$.next(error)
  }

  /** What a stage throws as it is let go keeps nothing else from its end (S5). */
  const safely = (end: () => void): void => {
    try {
      end()
    } catch (thrown) {
      runtime.tell('error', `a stage threw as it was let go: ${String(thrown)}`)
    }
  }

  const stream = (packets$: Packets, key: string): Packets =>
    new Observable((downstream) => {
      const complete = (): void => {
        downstream.complete()
      }
      streams.add(complete)
      const ended = (): void => {
        if (!streams.delete(complete) || streams.size > 0) return
        for (const input of [...inputs]) if (input.died) input.end()
      }
      const reading = packets$.subscribe({
        next: (packet) => {
          downstream.next(packet)
        },
        // Before those behind hear of it.
        error: (thrown: unknown) => {
          ended()
          downstream.error(asSaccadeError(thrown, { code: 'stage', remedy: 'see the cause' }).at({ stage: key }))
        },
        complete: () => {
          ended()
          downstream.complete()
        },
      })
      downstream.add(() => {
        reading.unsubscribe()
        // A stream that nobody listens to any more has ended too.
        ended()
      })
    })

  const input = (packets$: Packets, lasts: boolean): Packets =>
    new Observable((downstream) => {
      const one: Input = {
        died: false,
        end: () => {
          downstream.complete()
        },
      }
      inputs.add(one)
      const reading = packets$.subscribe({
        next: (packet) => {
          downstream.next(packet)
        },
        error: (error: unknown) => {
          failed(error)
          one.died = true
          if (!lasts) downstream.error(error)
          else if (streams.size === 0) downstream.complete()
        },
        complete: () => {
          downstream.complete()
        },
      })
      downstream.add(() => {
        reading.unsubscribe()
        inputs.delete(one)
        if (inputs.size > 0) return
        const all = waiting
        waiting = []
        for (const resolve of all) resolve()
      })
    })

  return {
    failures$,
    failed,
    safely,
    stream,
    input: (packets$) => input(packets$, true),
    consumed: (packets$) => input(packets$, false),
    completeStreams: () => {
      for (const complete of [...streams]) safely(complete)
    },
    drained: () =>
      inputs.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
    cut: () => {
      for (const { end } of [...inputs]) safely(end)
    },
  }
}
