import { describe, expect, test } from 'vitest'
import { reducePage } from '../../web/src/logic/page-state.js'
import { situationOf } from '../../web/src/logic/situation.js'
import { graph, hello, pageAfter, runningPage, runState, stage } from './page-fixtures.js'

const open = { is: 'link', link: { is: 'open', sinceMs: 0 } } as const
const waiting = { is: 'link', link: { is: 'waiting', attempt: 3, retryAtMs: 9000, reason: '' } } as const

describe('what is told of the whole', () => {
  test('a run that runs needs no notice', () => {
    expect(situationOf(runningPage(1000), 1100)).toMatchObject({
      is: 'running',
      tone: 'good',
      notice: null,
      frozen: false,
    })
  })

  test.each([
    ['connecting', pageAfter()],
    ['connecting', pageAfter(open, { is: 'hello', hello, atMs: 0 })],
    ['opening', runningPage(1000, { state: 'opening' })],
    ['draining', runningPage(1000, { state: 'draining' })],
    ['stopped', runningPage(1000, { state: 'stopped' })],
    ['failed', runningPage(1000, { state: 'failed' })],
    ['lost', pageAfter(waiting)],
    ['foreign', pageAfter(open, { is: 'hello', hello: { ...hello, protocol: 99 }, atMs: 0 })],
  ])('%s says what happened and what to do', (is, page) => {
    const situation = situationOf(page, 1100)
    expect(situation.is).toBe(is)
    expect(situation.notice?.title).not.toBe('')
    expect(situation.notice?.text).toMatch(/[.:]$/)
  })

  test('a run that has ended stays ended when its socket goes, and says how to start it again', () => {
    const page = reduceLink(runningPage(1000, { state: 'stopped' }))
    expect(situationOf(page, 2000)).toMatchObject({
      is: 'stopped',
      notice: { command: 'saccade run pipelines/follow-face.yaml' },
    })
  })

  test('a run that goes without a word is lost, and it is told when it is tried again', () => {
    expect(situationOf(reduceLink(runningPage(1000)), 2000)).toMatchObject({
      is: 'lost',
      frozen: true,
      notice: { retryAtMs: 9000 },
    })
  })

  test('a failed stage is named by its step, with its error, while the rest goes on', () => {
    const stages = {
      faces: stage({ state: 'failed', error: 'worker ended' }),
      'faces/detect-faces': stage({ state: 'failed', error: 'worker ended: code 134' }),
    }
    const situation = situationOf(runningPage(1000, { stages }), 1100)
    expect(situation).toMatchObject({ is: 'stage-failed', frozen: false })
    expect(situation.notice?.title).toBe('faces/detect-faces has failed')
    expect(situation.notice?.text).toContain('worker ended: code 134.')
  })

  test('without packets for two seconds it is stalled, and where is named', () => {
    const stages = Object.fromEntries(
      graph.nodes.map(({ name }) => [name, stage({ perSecond: name === 'room' ? 30 : 0 })]),
    )
    const still = runningPage(1000, { stages })
    expect(situationOf(still, 2900).is).toBe('running')
    const later = pageTold(still, 3000)
    expect(situationOf(later, 3100)).toMatchObject({ is: 'stalled', notice: { title: 'Nothing comes from faces' } })
  })

  test('a page that has just come to a long run is not stalled yet', () => {
    const page = pageAfter(
      { is: 'link', link: { is: 'open', sinceMs: 1000 } },
      { is: 'hello', hello, atMs: 1000 },
      { is: 'telemetry', run: runState(), atMs: 1100 },
    )
    expect(situationOf(page, 1200).is).toBe('running')
  })

  test('a hidden page is not stalled by what it does not ask for, nor before the first comes again', () => {
    const seen = (page: ReturnType<typeof runningPage>, sinceMs: number | null) =>
      reducePage(page, { is: 'seen', sinceMs })
    const still = runningPage(1000)
    expect(situationOf(pageTold(seen(still, null), 60_000), 60_100).is).toBe('running')
    expect(situationOf(pageTold(seen(still, 60_000), 61_000), 61_100).is).toBe('running')
    expect(situationOf(pageTold(seen(still, 60_000), 62_000), 62_100).is).toBe('stalled')
  })

  test('without telemetry for two seconds it does not answer', () => {
    expect(situationOf(runningPage(1000), 3100).is).toBe('silent')
  })
})

function reduceLink(page: ReturnType<typeof runningPage>): ReturnType<typeof runningPage> {
  return { ...page, link: waiting.link }
}

function pageTold(page: ReturnType<typeof runningPage>, atMs: number): ReturnType<typeof runningPage> {
  return page.known.is === 'told' ? { ...page, known: { ...page.known, toldAtMs: atMs } } : page
}
