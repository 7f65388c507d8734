import { filter, firstValueFrom, type Observable, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Packet } from '../../src/core/packet.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { Run } from '../../src/engine/run.js'
import { childrenOf, hasProc, skippedWithoutFfmpeg } from '../helpers/clips.js'
import { readFileSync } from 'node:fs'

const skipped = skippedWithoutFfmpeg('media under restart with the native FFmpeg') || !hasProc

const pipeline = `saccade: 1
streams:
  room: { media: { open: demo:demo.mp4, loop: true } }
sinks:
  seen: { from: [room.video, room.audio], console: { every: 1h } }
`

/** A run of the demo clip whose decoders are begun anew when they die. */
async function prepare(): Promise<Run> {
  const plan = await loadPlan('restart.yaml', pipeline)
  const restart = { afterMs: 50, upToMs: 200, most: 5, withinMs: 60_000 }
  const entries = plan.entries.map((entry) =>
    entry.kind === 'stream'
      ? { ...entry, steps: entry.steps.map((step) => ({ ...step, how: { onError: { restart } } })) }
      : entry,
  )
  return new Run({ ...plan, entries })
}

const isVideo = (pid: number): boolean => readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('rawvideo')

describe.skipIf(skipped)('media under restart', () => {
  it('opens anew when its FFmpeg is killed in the middle: one stream, whose epoch grows', async () => {
    const run = await prepare()
    const seen: Record<'video' | 'audio', Packet<unknown>[]> = { video: [], audio: [] }
    const watched = (result: 'video' | 'audio'): Observable<Packet<unknown>> =>
      run.tap(`room.${result}`).pipe(tap((packet) => seen[result].push(packet)))
    const until = (result: 'video' | 'audio', holds: (packet: Packet<unknown>) => boolean): Promise<unknown> =>
      firstValueFrom(watched(result).pipe(filter(holds)))
    const early = Promise.all([until('video', ({ seq }) => seq >= 5), until('audio', ({ seq }) => seq >= 5)])
    await run.start()
    await early

    for (const life of [1, 2]) {
      const again = Promise.all([
        until('video', ({ epoch }) => epoch === life),
        until('audio', ({ epoch }) => epoch === life),
      ])
      const [video = 0] = childrenOf(process.pid).filter(isVideo)
      process.kill(video, 'SIGKILL')
      await again
      expect(run.state$.value).toEqual({ state: 'running' })
      expect(run.snapshot().stages).toMatchObject({
        room: { state: 'running', restarts: life },
        'room.video': { state: 'running', restarts: life },
        'room.audio': { state: 'running', restarts: life },
      })
    }
    for (const packets of Object.values(seen)) {
      for (const [index, { origin, seq, capturedAtMs }] of packets.entries()) {
        expect(origin).toBe(packets[0]?.origin)
        const before = packets[index - 1]
        if (before === undefined) continue
        expect(seq).toBeGreaterThan(before.seq)
        expect(capturedAtMs).toBeGreaterThanOrEqual(before.capturedAtMs)
      }
    }
    // A slow moment of the machine has its own warning.
    const warnings = run.runtime.events.flatMap(({ level, text }) =>
      level === 'warning' && !text.includes('behind its own pace') ? [text] : [],
    )
    expect(warnings).toEqual([
      expect.stringMatching(/^room: the decoder of .* was ended by SIGKILL .* → it is built anew in \d+ ms$/),
      expect.stringMatching(/^room: restarted after \d+ ms \(1 of at most 5 in 60 s\)$/),
      expect.stringMatching(/^room: the decoder of .* was ended by SIGKILL .* → it is built anew in \d+ ms$/),
      expect.stringMatching(/^room: restarted after \d+ ms \(2 of at most 5 in 60 s\)$/),
    ])
    expect(await run.stop()).toEqual({ cutOff: [] })
    expect(run.state$.value).toEqual({ state: 'stopped' })
    await run.runtime.closed()
    expect(run.runtime.pool.count().lent).toBe(0)
    expect(childrenOf(process.pid)).toEqual([])
  })

  it('stopped while it is down it opens nothing any more', async () => {
    const run = await prepare()
    const early = firstValueFrom(run.tap('room.video'))
    const died = new Promise<void>((resolve) => {
      run.events(({ text }) => {
        if (text.includes('built anew')) resolve()
      })
    })
    await run.start()
    await early
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    await died
    expect(await run.stop()).toEqual({ cutOff: [] })
    expect(run.state$.value).toEqual({ state: 'stopped' })
    expect(run.snapshot().stages['room']).toMatchObject({ state: 'completed', restarts: 0 })
    await run.runtime.closed()
    expect(childrenOf(process.pid)).toEqual([])
  })
})
