import { describe, expect, test } from 'vitest'
import { asSaccadeError, type SaccadeError } from '../../src/core/errors.js'
import type { Detections } from '../../src/core/ports.js'
import type { Command } from '../../src/core/wire.js'
import { createPipeline, loadPlan, type PipelineRun } from '../../src/engine/create-pipeline.js'
import { lookersOf } from '../../src/engine/lookers.js'
import { createRegistry } from '../../src/engine/registry.js'

const followFace = 'pipelines/follow-face.yaml'

function refusal(run: PipelineRun, command: Command): SaccadeError {
  try {
    run.control(command)
  } catch (thrown) {
    return asSaccadeError(thrown, { code: 'internal', remedy: '' })
  }
  return expect.unreachable(`not refused: ${JSON.stringify(command)}`)
}

describe('what of a run can be controlled', () => {
  test('follow-face: the sources, the picture, the head, and the options that change nothing of the plan', async () => {
    const run = await createPipeline(followFace, { clock: 'virtual' })
    const { pause, look, stop, options } = run.controls
    expect(pause).toBe(true)
    expect(look).toContain('room.video')
    expect(stop).toEqual([{ name: 'head', kinds: ['hold', 'park', 'torque-off'] }])
    expect(options.map(({ stage, option, value }) => `${stage} ${option} ${String(value)}`)).toEqual([
      'faces/throttle rate 30fps',
      'faces/detect-faces minScore 0.65',
      'speech/voice-activity threshold 0.5',
      'speech/voice-activity release 0.35',
      'speech/voice-activity hangover 250ms',
      'gaze/pick-face by largest',
      'gaze/pick-face keepFor 1s',
      'gaze/pick-face lookFor 3s',
      'gaze/look-at fov 65deg',
      'gaze/smooth cutoff 2Hz',
      'gaze/smooth agility 30',
      'gaze/dead-band band 0.5deg',
      'gaze/dead-band shift 1mm',
      'live/websocket quality 75',
    ])
    expect(options[1]?.schema).toMatchObject({ type: 'number', minimum: 0, maximum: 1 })
    // As clients get it.
    expect(JSON.parse(JSON.stringify(run.controls))).toEqual(run.controls)
    await run.stop()
  })

  test('what cannot be done is refused, with why and what to do', async () => {
    const run = await createPipeline(followFace, { clock: 'virtual' })
    const refused = (command: Command): string => {
      const { code, message, remedy } = refusal(run, command)
      expect(code).toBe('usage')
      return `${message} → ${remedy}`
    }
    expect(refused({ do: 'set', stage: 'faces/detect-face', option: 'minScore', value: 1 })).toBe(
      'there is no stage faces/detect-face → did you mean faces/detect-faces?',
    )
    expect(refused({ do: 'set', stage: 'faces/detect-faces', option: 'minscore', value: 1 })).toBe(
      'faces/detect-faces has no option minscore → did you mean minScore?',
    )
    expect(refused({ do: 'set', stage: 'gaze/look-at', option: 'camera', value: 'on-head' })).toBe(
      'camera of gaze/look-at cannot be changed while it runs, as the plan rests on it → change it in the file and start anew: look-at: { camera: … }; while it runs: fov',
    )
    expect(refused({ do: 'set', stage: 'faces/detect-faces', option: 'minScore', value: 2 })).toContain(
      'does not take minScore: 2: minScore: ',
    )
    expect(refused({ do: 'set', stage: 'faces/throttle', option: 'rate', value: 30 })).toContain('write 30fps')
    expect(refused({ do: 'look', channel: 'room.audio', atPx: [1, 1] })).toContain('nothing looks at that')
    expect(refused({ do: 'look', channel: 'room.video', atPx: [NaN, 1] })).toContain('no place in a picture')
    expect(refused({ do: 'stop', name: 'tail' })).toBe('there is no actuator tail → actuators: head')
    await run.stop()
    expect(refused({ do: 'pause' })).toContain('the run is ending or has ended')
    // A stop is never refused: it may come at any time.
    run.control({ do: 'stop' })
    run.control({ do: 'reset' })
  })

  test('law: no option that may be changed has a say in the plan', () => {
    for (const stage of createRegistry().values()) {
      if (stage.kind === 'stream') expect(stage.changeable ?? []).toEqual([])
      for (const option of stage.changeable ?? [])
        expect(Object.keys((stage.options as unknown as { shape: object }).shape)).toContain(option)
    }
  })

  test('changed options stand in the list; the plan and its file stay as they were', async () => {
    const run = await createPipeline(followFace, { clock: 'virtual' })
    run.control({ do: 'set', stage: 'faces/throttle', option: 'rate', value: '10fps' })
    run.control({ do: 'set', stage: 'gaze/pick-face', option: 'by', value: 'score' })
    run.control({ do: 'set', stage: 'gaze/pick-face', option: 'keepFor', value: '2s' })
    const values = Object.fromEntries(
      run.controls.options.map(({ stage, option, value }) => [`${stage} ${option}`, value]),
    )
    expect(values).toMatchObject({
      'faces/throttle rate': '10fps',
      'gaze/pick-face by': 'score',
      'gaze/pick-face keepFor': '2s',
      'gaze/pick-face lookFor': '3s',
    })
    expect(run.runtime.controls.changing.get('gaze/pick-face')?.value).toEqual({
      options: { by: 'score', keepFor: 2000, lookFor: 3000 },
      changes: 2,
    })
    const [step] = run.plan.entries.find(({ name }) => name === 'faces')?.steps ?? []
    expect(step?.options).toEqual({ rate: 30 })
    // The same again is no change: nothing is built anew for it.
    run.control({ do: 'set', stage: 'gaze/pick-face', option: 'by', value: 'score' })
    expect(run.runtime.controls.changing.get('gaze/pick-face')?.value.changes).toBe(2)
    await run.stop()
  })
})

describe('a click goes where its picture is looked at', () => {
  const looks = async (operators: string): Promise<readonly string[]> => {
    const text = [
      'saccade: 1',
      'streams:',
      '  room: { media: { open: demo:demo.mp4 } }',
      '  door: { media: { open: demo:demo.mp4 } }',
      `operators:\n${operators}`,
      'sinks: { log: { from: one, console: {} }, live: { from: [ room.video, door.video ], websocket: {} } }',
    ].join('\n')
    const lookers = lookersOf(await loadPlan('looks.yaml', text))
    return [...lookers].map(([name, { stages, origins }]) => `${name}: ${stages.join(' ')} by ${origins.join(' ')}`)
  }

  test('by the origin of its packets, whatever is done to them on the way', async () => {
    const seen = await looks(
      [
        '  small: { from: room.video, pipe: [ resize: 320x240 ] }',
        '  faces: { from: small, pipe: [ queue: latest, detect-faces ] }',
        '  one: { from: faces, pipe: [ pick-face ] }',
      ].join('\n'),
    )
    expect(seen).toContain('room.video: one/pick-face by room.video')
    expect(seen).toContain('small: one/pick-face by room.video')
    expect(seen.some((line) => line.startsWith('door'))).toBe(false)
  })

  test('of two cameras, each knows its own', async () => {
    const seen = await looks(
      [
        '  faces: { from: [ room.video, door.video ], pipe: [ queue: latest, detect-faces ] }',
        '  one: { from: faces, pipe: [ pick-face ] }',
      ].join('\n'),
    )
    expect(seen).toContain('room.video: one/pick-face by room.video')
    expect(seen).toContain('door.video: one/pick-face by door.video')
  })
})

describe('the demo, controlled while it runs, on the virtual clock', () => {
  test('paused, told where to look, changed, stopped and reset: each shows, and nothing is lost but what is said', async () => {
    const play = async (): Promise<readonly unknown[]> => {
      const run = await createPipeline(followFace, { clock: 'virtual' })
      const { clock } = run.runtime
      const video: { seq: number; atMs: number; lost: number; capturedAtMs: number }[] = []
      const moved: { atMs: number; yawRad: number; state: string }[] = []
      const labels: { atMs: number; label: string; epoch: number }[] = []
      run.tap('room.video').subscribe(({ seq, lost, capturedAtMs }) => {
        video.push({ seq, lost, capturedAtMs, atMs: clock.nowMs() })
      })
      run.tap('head.measured').subscribe(({ value }) => {
        const { pose, state } = value as { pose: { yawRad: number }; state: string }
        moved.push({ atMs: clock.nowMs(), yawRad: pose.yawRad, state })
      })
      run.tap('faces').subscribe(({ value, epoch }) => {
        for (const { label } of (value as Detections).found) labels.push({ atMs: clock.nowMs(), label, epoch })
      })
      const states: string[] = []
      run.state$.subscribe(({ state }) => states.push(state))
      const at = (atMs: number, command: Command): void => {
        clock.at(atMs, () => {
          run.control(command)
        })
      }
      at(1000, { do: 'pause' })
      at(1800, { do: 'resume' })
      at(2400, { do: 'look', channel: 'room.video', atPx: [0, 360] })
      at(3000, { do: 'set', stage: 'faces/throttle', option: 'rate', value: '10fps' })
      at(3600, { do: 'stop', kind: 'hold' })
      at(4200, { do: 'reset' })
      const ended = new Promise<void>((resolve) => run.state$.subscribe({ complete: resolve }))
      await run.start({ forMs: 4800 })
      await ended

      expect(states).toEqual(['planning', 'opening', 'running', 'paused', 'running', 'draining', 'stopped'])
      expect(video.map(({ seq }) => seq)).toEqual(video.map((_, index) => index))
      expect(video.every(({ lost }) => lost === 0)).toBe(true)
      expect(video.filter(({ atMs }) => atMs > 1000 && atMs < 1800)).toEqual([])
      for (const [index, { capturedAtMs }] of video.entries())
        expect(capturedAtMs).toBeGreaterThanOrEqual(video[index - 1]?.capturedAtMs ?? 0)
      // A click at the left edge turns the head to the left (yaw > 0), as far as half the field of view.
      const yawAt = (atMs: number): number => moved.findLast((one) => one.atMs <= atMs)?.yawRad ?? NaN
      expect(yawAt(3500)).toBeGreaterThan(0.4)
      // Ten a second from then on, told by the epoch.
      const late = labels.filter(({ atMs }) => atMs > 3200 && atMs < 4200)
      expect(late.length).toBeGreaterThan(5)
      expect(late.length).toBeLessThan(14)
      expect(late.every(({ epoch }) => epoch === 1)).toBe(true)
      // It stands where it was stopped, and goes on after the reset.
      const stopped = moved.filter(({ atMs }) => atMs > 3620 && atMs < 4200)
      expect(stopped.every(({ state }) => state === 'stopped')).toBe(true)
      expect(Math.abs(yawAt(4190) - yawAt(3900))).toBeLessThan(1e-3)
      expect(moved.some(({ atMs, state }) => atMs > 4300 && state === 'following')).toBe(true)
      for (const [name, stage] of Object.entries(run.snapshot().stages)) {
        const gone = Object.values(stage.dropped).reduce((sum, dropped) => sum + dropped, 0)
        if (name.includes('/')) expect([name, stage.held, stage.in]).toEqual([name, 0, stage.out + gone + stage.merged])
      }
      return [video, moved, labels]
    }
    const once = await play()
    expect(await play()).toEqual(once)
  }, 180_000)
})
