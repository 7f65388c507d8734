import { merge, Observable } from 'rxjs'
import { z } from 'zod'
import { defineSink } from '../core/define.js'
import { packetJson } from '../core/packet-json.js'
import { anyPort, type SinkInput, type StageContext } from '../core/stage.js'
import { duration } from '../core/units.js'

const options = z.strictObject({
  every: duration({ min: 50 }).prefault('1s').describe('a line for each input at most so often'),
})

/**
 * Prints on the terminal what flows: for each input the count since the last line, and the newest value.
 *
 *     in      -a-b-c-d-e-f-
 *     stderr  ------line--line    faces  30 in 1s, 12 ms old  {"sizePx":[1280,720],…}
 *
 * Keeps nothing but the newest; completes with its inputs.
 *
 * @example
 * // in a file: seen: { from: faces, console: { every: 1s } }
 */
export const consoleSink = defineSink({
  name: 'console',
  summary: 'Prints on the terminal what flows: how many, how old, and the newest value.',
  input: anyPort,
  takes: 'channels',
  actuator: false,
  options,
  main: 'every',
  example: { every: '1s' },
  results: {},
  mainResult: null,
  consume: (settings, context) => (inputs) => ({
    done$: merge(...inputs.map((input) => printInput(settings.every, context, input))),
    results: {},
  }),
})

const longest = 160

function printInput(everyMs: number, { runtime }: StageContext, input: SinkInput): Observable<never> {
  const { clock, adapters } = runtime
  return new Observable((downstream) => {
    let sinceMs = clock.nowMs()
    let count = 0
    const subscription = input.packets$.subscribe({
      next: (packet) => {
        count++
        const nowMs = clock.nowMs()
        if (nowMs - sinceMs < everyMs) return
        const { ageMs, value } = packetJson(input.name, packet, nowMs)
        const text = JSON.stringify(value)
        const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
        const seconds = ((nowMs - sinceMs) / 1000).toFixed(1)
        adapters.print(`${input.name}  ${String(count)} in ${seconds} s, ${ageMs.toFixed(0)} ms old  ${shown}`)
        sinceMs = nowMs
        count = 0
      },
      error: (error: unknown) => {
        downstream.error(error)
      },
      complete: () => {
        downstream.complete()
      },
    })
    return subscription
  })
}
