import { BrokenContract, conforms } from 'saccade/testing'
import { expect, test } from 'vitest'
import { forgetsTheTime } from './forgets-the-time.js'
import { keepsAFrame } from './keeps-a-frame.js'
import { neverLetsGo } from './never-lets-go.js'

/** What the kit says of one rule: what is wrong, and the smallest schedule that shows it. */
async function complaint(stage: Parameters<typeof conforms>[0], rule: string): Promise<string> {
  const error = await conforms(stage, { seed: 2 }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BrokenContract)) throw new Error('nothing was found')
  const [, section = ''] = new RegExp(`^  (${rule} +broken: .*(?:\\n {8}.*)*)`, 'm').exec(error.message) ?? []
  return section
}

test('one that loses the capture time is told of, with the smallest schedule', async () => {
  expect(await complaint(forgetsTheTime, 'P1')).toMatchInlineSnapshot(`
    "P1  broken: the capture time of camera 0 was 0 ms, and is 10 ms
            camera  -a|
            aged    a 10ms
            values  a { sizePx: [640, 480], found: [] }"
  `)
})

test('one that never lets go of a synchronous source', async () => {
  expect(await complaint(neverLetsGo, 'E10')).toMatchInlineSnapshot(`
    "E10 broken: it never lets go of a synchronous source: 2999 items more after its consumer had left
            a source that gives in one turn, and a consumer that takes 1"
  `)
})

test('one that keeps a frame', async () => {
  expect(await complaint(keepsAFrame, 'S6')).toMatchInlineSnapshot(`
    "S6  broken: it used a frame that it had not kept: cannot read a frame after its last share was given back
            camera  -ab|
            values  a gray 2x2 (2 2 1 1 0 0) #4bdcf48d, b gray 2x2 (2 2 1 1 0 0) #4bdcf48d"
  `)
})
