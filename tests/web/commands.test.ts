import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Do } from '../../src/core/wire.js'
import { type Answer, Commands } from '../../web/src/live/commands.js'
import { keyAction } from '../../web/src/logic/key-action.js'
import { offersOf } from '../../web/src/logic/offers.js'
import { readKeys } from '../../web/src/logic/page-keys.js'
import { hello, pageAfter, robot, runningPage, runState } from './page-fixtures.js'

/** Commands with a clock of their own: timers run when they are told to. */
function world() {
  const sent: Do[] = []
  const timers = new Set<() => void>()
  const commands = new Commands({
    send: (message) => sent.push(message),
    later: (run) => {
      timers.add(run)
      return run
    },
    cancel: (timer) => timers.delete(timer as () => void),
  })
  return { sent, timers, commands }
}

describe('commands', () => {
  test('law: each is answered once, by whatever comes first, and none is kept', async () => {
    const happening = fc.record({ what: fc.constantFrom('done', 'refused', 'late', 'lost'), which: fc.nat(5) })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(happening), async (count, happenings) => {
        const { sent, timers, commands } = world()
        const answers: Answer[][] = []
        const asked = Array.from({ length: count }, (_, i) => {
          answers[i] = []
          return commands.ask({ do: 'pause' }).then((answer) => answers[i]?.push(answer))
        })
        for (const { what, which } of happenings) {
          const id = sent[which]?.id
          if (what === 'lost') commands.lost()
          else if (what === 'late') [...timers][which]?.()
          else if (id === undefined) continue
          else if (what === 'done') commands.take({ type: 'done', id })
          else commands.take({ type: 'refused', id, why: 'a', remedy: 'b' })
        }
        commands.lost()
        await Promise.all(asked)
        expect(answers.map((list) => list.length)).toEqual(Array(count).fill(1))
        expect(new Set(sent.map(({ id }) => id)).size).toBe(count)
        expect([commands.waiting, timers.size]).toEqual([0, 0])
      }),
    )
  })

  test('an answer reaches who asked, with its words', async () => {
    const { sent, commands } = world()
    const [first, second] = [commands.ask({ do: 'pause' }), commands.ask({ do: 'stop' })]
    commands.take({ type: 'refused', id: sent[1]?.id ?? 0, why: 'no', remedy: 'wait' })
    commands.take({ type: 'done', id: sent[0]?.id ?? 0 })
    expect(await second).toEqual({ is: 'refused', why: 'no', remedy: 'wait' })
    expect(await first).toEqual({ is: 'done' })
  })
})

describe('what a page may ask', () => {
  const stopped = { robot: { ...robot, state: 'stopped' as const } }

  test('stop while it moves, reset while it is stopped; resume while it is paused', () => {
    expect(offersOf(runningPage(1000))).toEqual({
      stop: 'stop',
      pause: 'pause',
      look: ['room.video'],
      reachable: true,
    })
    expect(offersOf(runningPage(1000, stopped)).stop).toBe('reset')
    expect(offersOf(runningPage(1000, { state: 'paused' }))).toMatchObject({ pause: 'resume', reachable: true })
  })

  test('nothing without the right, and nothing that the run does not hold', () => {
    const open = { is: 'link', link: { is: 'open', sinceMs: 0 } } as const
    const told = { is: 'telemetry', run: runState(), atMs: 1 } as const
    const page = (change: Partial<typeof hello>) =>
      offersOf(pageAfter(open, { is: 'hello', hello: { ...hello, ...change }, atMs: 0 }, told))
    expect(page({ rights: { control: false, stop: true } })).toMatchObject({
      stop: 'stop',
      pause: 'no-right',
      look: [],
    })
    expect(page({ rights: { control: true, stop: false } })).toMatchObject({ stop: 'no-right', pause: 'pause' })
    const none = { pause: false, look: [], stop: [], options: [] }
    expect(page({ controls: none })).toMatchObject({ stop: 'nothing', pause: 'nothing', look: [] })
  })

  const allKeys = { stop: true, pause: true }
  const key = (key: string, change: object = {}) =>
    ({ key, repeat: false, modified: false, on: 'other', ...change }) as const

  test('law: Escape stops whatever has the focus, and does nothing else', () => {
    const states = fc.constantFrom('following', 'holding', 'stopped') as fc.Arbitrary<'following' | 'stopped'>
    fc.assert(
      fc.property(states, fc.constantFrom('text', 'button', 'other'), (state, on) => {
        const offers = offersOf(runningPage(1000, { robot: { ...robot, state } }))
        expect(keyAction({ ...key('Escape'), on }, offers, allKeys)).toBe(state === 'stopped' ? null : 'stop')
      }),
    )
  })

  test('P and the space bar pause, where they are not for what has the focus', () => {
    const offers = offersOf(runningPage(1000))
    expect(keyAction(key('p'), offers, allKeys)).toBe('pause')
    expect(keyAction(key('P', { on: 'button' }), offers, allKeys)).toBe('pause')
    expect(keyAction(key(' '), offers, allKeys)).toBe('pause')
    expect(keyAction(key(' ', { on: 'button' }), offers, allKeys)).toBeNull()
    expect(keyAction(key('p', { on: 'text' }), offers, allKeys)).toBeNull()
    expect(keyAction(key('p', { modified: true }), offers, allKeys)).toBeNull()
    expect(keyAction(key('p', { repeat: true }), offers, allKeys)).toBeNull()
    expect(keyAction(key('p'), offersOf(runningPage(1000, { state: 'paused' })), allKeys)).toBe('resume')
    expect(keyAction(key('p'), { ...offers, reachable: false }, allKeys)).toBeNull()
  })

  test('law: a key that was switched off does nothing, and the other goes on', () => {
    const offers = offersOf(runningPage(1000))
    const pressed = fc.constantFrom('Escape', 'p', 'P', ' ')
    fc.assert(
      fc.property(pressed, fc.record({ stop: fc.boolean(), pause: fc.boolean() }), (name, keys) => {
        const of = name === 'Escape' ? 'stop' : 'pause'
        expect(keyAction(key(name), offers, keys)).toBe(keys[of] ? of : null)
      }),
    )
  })

  test('law: which keys are on is read as it was written; whatever else stands there, they are on', () => {
    fc.assert(
      fc.property(
        fc.record({ stop: fc.boolean(), pause: fc.boolean() }),
        fc.string(),
        fc.json(),
        (keys, text, json) => {
          expect(readKeys(JSON.stringify(keys))).toEqual(keys)
          expect(readKeys(text)).toEqual(allKeys)
          expect(readKeys(json)).toEqual(allKeys)
        },
      ),
    )
    expect(readKeys(null)).toEqual(allKeys)
    expect(readKeys('{"pause":false}')).toEqual({ stop: true, pause: false })
  })
})
