import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SignsOfLife } from '../../src/core/signs-of-life.js'
import { runs } from '../helpers/runs.js'

/** A picture has its number when it is made, and may go out after pings that were numbered later. */
const anyMoves = fc.array(
  fc.oneof(
    fc.constant('make' as const),
    fc.constant('ask' as const),
    fc.constant('send' as const),
    fc.nat(20).map((nth) => ({ answers: nth })),
  ),
  { maxLength: 60, size: 'max' },
)

test('law: an answer tells of its own ping, and forgets those that went out before it and no others', () => {
  fc.assert(
    fc.property(anyMoves, (moves) => {
      let numbers = 0
      let nowMs = 0
      const said: string[] = []
      const life = new SignsOfLife(
        (words) => said.push(words),
        () => ++numbers,
      )
      const made: number[] = []
      let open: { readonly words: string; readonly mark: number; readonly sentAtMs: number }[] = []
      const all: string[] = []
      for (const move of moves) {
        nowMs += 7
        if (move === 'make') made.push(++numbers)
        else if (move === 'ask') {
          life.ask(-nowMs, nowMs)
          const words = said.at(-1) ?? ''
          open.push({ words, mark: -nowMs, sentAtMs: nowMs })
          all.push(words)
        } else if (move === 'send') {
          const number = made.shift()
          if (number === undefined) continue
          life.asks(number, nowMs, nowMs)
          open.push({ words: String(number), mark: nowMs, sentAtMs: nowMs })
          all.push(String(number))
        } else {
          // One of those, answered before or not; or, while there is none, what nobody asked for.
          const words = all[move.answers % all.length] ?? '1'
          const at = open.findIndex((one) => one.words === words)
          const asked = open[at]
          const expected = asked === undefined ? null : { tookMs: nowMs - asked.sentAtMs, mark: asked.mark }
          expect(life.answer(words, nowMs)).toEqual(expected)
          open = open.slice(at + 1)
        }
      }
    }),
    { numRuns: runs(500) },
  )
})
