import { readFileSync } from 'node:fs'
import { filter, map, tap } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { definePassing } from '../../src/core/define.js'
import type { Packet } from '../../src/core/packet.js'
import { anyPort } from '../../src/core/stage.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { Run } from '../../src/engine/run.js'

type Seen = { readonly atMs: number; readonly packet: Packet<unknown> }

/** Runs a pipeline on the virtual clock to its end, and collects some of its results. */
async function run(text: string, names: readonly string[], forMs?: number, stages: readonly unknown[] = []) {
  const running = new Run(await loadPlan('test.yaml', text, { stages }), { clock: 'virtual' })
  const seen = new Map<string, Seen[]>(names.map((name) => [name, []]))
  for (const [name, into] of seen)
    running.tap(name).subscribe({
      next: (packet) => into.push({ atMs: running.runtime.clock.nowMs(), packet }),
      error: () => undefined,
    })
  const ended = new Promise<void>((resolve) => {
    running.state$.subscribe({ complete: resolve })
  })
  await running.start(forMs === undefined ? {} : { forMs })
  await ended
  const snapshot = running.snapshot()
  for (const [name, { in: taken, out, dropped, merged, held }] of Object.entries(snapshot.stages)) {
    const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0)
    // An entry of several results or channels counts each of them.
    if (name.includes('/') || name === 'gaze' || name === 'both')
      expect(taken, `E7: ${name}`).toBe(out + gone + merged + held)
    if (name.includes('/join')) expect(held, name).toBe(0)
  }
  expect(snapshot.frames.lent).toBe(0)
  return { snapshot, of: (name: string): readonly Seen[] => seen.get(name) ?? [], left: running.runtime.left }
}

const onHead = `saccade: 1
streams:
  room: { media: { open: 'demo:demo.mp4', loop: true } }
operators:
  faces: { from: room.video, pipe: [throttle: 30fps, queue: latest, detect-faces] }
  target: { from: faces, pipe: [pick-face: { by: largest, keepFor: 1s }] }
  gaze:
    from: { face: target, head: head.measured }           # head is sampled, never a trigger
    pipe: [join: { on: face, head: { interpolate: 100ms }, missing: skip }, look-at: { camera: on-head }, smooth, dead-band: 0.5deg, solve-pose]
sinks:
  head: { from: gaze, reachy-mini: { rate: 50Hz }, watchdog: { hold: 300ms, park: 5s } }
`

test('the camera in the head: the circle runs, each face with the pose of its time, and the same twice (T2)', async () => {
  const { snapshot, of, left } = await run(onHead, ['gaze', 'head'], 1500)
  expect(snapshot.state).toBe('stopped')
  expect(left).toEqual([])
  const targets = of('gaze').length
  expect(targets).toBeGreaterThan(10)
  for (const { packet } of of('gaze')) expect([packet.origin.name, packet.stamp.kind]).toEqual(['room.video', 'medium'])
  const { stages } = snapshot
  expect(stages['gaze/join']?.in).toBe(stages['target/pick-face']?.out)
  expect(stages['gaze/join/head']?.dropped['overflow']).toBeUndefined()
  // A picture waits for the tick after it, and no longer.
  expect(stages['gaze/join']?.latencyMs?.p99).toBeLessThanOrEqual(21)
  expect(stages['gaze/join']?.dropped['empty'] ?? 0).toBeLessThanOrEqual(1)
  const again = await run(onHead, ['gaze', 'head'], 1500)
  expect(JSON.stringify(again.of('head').map(({ packet }) => packet))).toBe(
    JSON.stringify(of('head').map(({ packet }) => packet)),
  )
})

test('E5: picture and sound of a clip that is read as fast as it is taken: each picture has its sound, nothing is lost', async () => {
  const text = `saccade: 1
streams:
  clip: { media: { open: 'demo:demo.mp4', pace: fast } }
operators:
  both: { from: { picture: clip.video, sound: clip.audio }, pipe: [join: { on: picture, sound: { latest: 20ms } }] }
  heard: { from: { sound: clip.audio, picture: clip.video }, pipe: [join: { on: sound, picture: { nearest: 1s } }] }
`
  const { snapshot, of } = await run(text, ['both', 'heard'])
  const truth = JSON.parse(readFileSync(new URL('../../media/demo.truth.json', import.meta.url), 'utf8')) as {
    readonly faceCentrePx: readonly unknown[]
  }
  expect(of('both')).toHaveLength(truth.faceCentrePx.length)
  expect(of('heard').length).toBe(snapshot.stages['clip.audio']?.out)
  for (const [name, { dropped }] of Object.entries(snapshot.stages)) expect(dropped['overflow'], name).toBeUndefined()
  expect(snapshot.frames.pastBound).toBe(0)
  // Files are paced by the clock too; here nothing asks for time.
  expect(snapshot.nowMs).toBe(0)
})

test('S4: a side that dies is told, and the join goes on without it', async () => {
  const breaks = definePassing({
    name: 'breaks',
    summary: 'Fails with the third item.',
    input: anyPort,
    output: anyPort,
    options: z.strictObject({}),
    example: {},
    packets: () => (source) =>
      source.pipe(
        tap((packet) => {
          if (packet.seq === 3) throw new Error('the third')
        }),
        map((packet) => packet),
      ),
  })
  const text = `saccade: 1
streams:
  clip: { media: { open: 'demo:demo.mp4', pace: fast } }
operators:
  dying: { from: clip.audio, breaks: {} }
  both: { from: { picture: clip.video, sound: dying }, join: { on: picture, sound: { latest: 1s }, missing: partial } }
sinks:
  seen: { from: both, console: { every: 1h } }
`
  const { snapshot, of } = await run(text, ['both'], undefined, [breaks])
  const sounds = of('both').map(({ packet }) => (packet.value as Readonly<Record<string, unknown>>)['sound'])
  expect(sounds.filter((sound) => sound === null).length).toBeGreaterThan(10)
  expect(sounds.findLastIndex((sound) => sound !== null)).toBeLessThan(40)
  expect(snapshot.state).toBe('failed')
  expect(snapshot.stages['both/join/sound']?.state).toBe('failed')
  expect(snapshot.stages['both/join']?.state).toBe('completed')
  expect(snapshot.events.map(({ text }) => text)).toEqual(
    expect.arrayContaining([expect.stringContaining('nothing more comes from sound, as it failed: the third')]),
  )
})

test('S3: a join that fails is built anew: it goes on with what comes then, tells its downstream, and all is counted', async () => {
  const stalls = definePassing({
    name: 'stalls',
    summary: 'Keeps back what was captured in the second half of each second.',
    input: anyPort,
    output: anyPort,
    options: z.strictObject({}),
    example: {},
    packets:
      (_, { meter }) =>
      (source) =>
        source.pipe(
          filter(({ capturedAtMs }) => {
            const passes = capturedAtMs % 1000 < 500
            if (!passes) meter.dropped('empty')
            return passes
          }),
        ),
  })
  const text = `saccade: 1
streams:
  clip: { media: { open: 'demo:demo.mp4', loop: true } }
operators:
  gappy: { from: clip.audio, stalls: {} }
  both: { from: { picture: clip.video, sound: gappy }, pipe: [{ join: { on: picture, sound: { nearest: 100ms }, missing: error }, onError: { restart: { after: 200ms, upTo: 200ms, most: 100, within: 60s } } }] }
sinks:
  seen: { from: both, console: { every: 1h } }
`
  const { snapshot, of } = await run(text, ['both'], 5000, [stalls])
  const join = snapshot.stages['both/join']
  expect(snapshot.state).toBe('stopped')
  expect(join?.restarts).toBeGreaterThan(3)
  const packets = of('both').map(({ packet }) => packet)
  expect(packets.length).toBeGreaterThan(50)
  const epochs = packets.map(({ epoch }) => epoch)
  expect(epochs).toEqual([...epochs].sort((a, b) => a - b))
  expect(new Set(epochs).size).toBeGreaterThan(3)
  for (const { value } of packets) expect((value as Readonly<Record<string, unknown>>)['sound']).not.toBeNull()
  // E7, over all its lives.
  const gone = Object.values(join?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
  expect(join?.in).toBe((join?.out ?? 0) + gone)
  expect(join?.dropped['error']).toBeGreaterThanOrEqual(join?.restarts ?? Infinity)
  // E8: what died with a life, and what came while there was none, is told by the next.
  for (const [nth, { seq, lost }] of packets.entries())
    if (nth > 0) expect(seq - (packets[nth - 1]?.seq ?? NaN) - 1).toBe(lost)
  expect(Object.keys(snapshot.stages).filter((name) => name.startsWith('both/join'))).toEqual([
    'both/join',
    'both/join/sound',
  ])
})
