import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, Observable, type Subscriber } from 'rxjs'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineStream } from '../../src/core/define.js'
import type { Frame } from '../../src/core/frame.js'
import { createPacket, type Packet } from '../../src/core/packet.js'
import { type Detections, picturePort } from '../../src/core/ports.js'
import { loadPlan } from '../../src/engine/create-pipeline.js'
import { Run } from '../../src/engine/run.js'
import { loopingOnnx } from '../helpers/tiny-onnx.js'

/** I4 through a whole pipeline: ONNX Runtime itself does not come back from a picture, by a loop that lies in the model. */
const folder = mkdtempSync(join(tmpdir(), 'saccade-hung-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const yolov8 = {
  input: { name: 'images', dims: [1, 3, 32, 32] },
  output: { name: 'output0', dims: [1, 5, 1], data: Float32Array.of(16, 16, 8, 12, 0.9) },
}
const model = join(folder, 'loops.onnx')
// Some seconds for a white picture: the worker comes to its end while nobody waits for it any more.
writeFileSync(model, loopingOnnx(yolov8, 3e7))

const geometry = { sourceWidthPx: 32, sourceHeightPx: 32, scaleX: 1, scaleY: 1, offsetXPx: 0, offsetYPx: 0 }

/** Pictures of one brightness each, when the test says so. */
function shownPictures() {
  let seq = 0
  let show: (brightness: number) => void = () => undefined
  const stream = defineStream({
    name: 'shown',
    summary: 'Pictures when the test shows them.',
    options: z.strictObject({}),
    example: {},
    results: { video: picturePort },
    mainResult: 'video',
    live: () => true,
    open: (_, { runtime: { clock, pool, stopping }, name }) => ({
      video: new Observable((downstream: Subscriber<Packet<Frame>>) => {
        const origin = { name: `${name}.video`, live: true }
        show = (brightness) => {
          const frame = pool.lease({ format: 'rgb24', widthPx: 32, heightPx: 32, geometry })
          frame.bytes.fill(brightness)
          const facts = { origin, seq: seq++, capturedAtMs: clock.nowMs(), stamp: { kind: 'synthetic' } } as const
          downstream.next(createPacket({ ...facts, value: frame }))
          frame.release()
        }
        stopping.addEventListener('abort', () => {
          downstream.complete()
        })
      }),
    }),
  })
  return {
    stream,
    show: (brightness: number): void => {
      show(brightness)
    },
  }
}

test.each([
  ['skip', 0],
  ['restart', 1],
] as const)('a run that hangs is given up, and with onError: %s all goes on', async (onError, restarts) => {
  const { stream, show } = shownPictures()
  const text = `saccade: 1
streams:
  cam: { shown: {} }
operators:
  things:
    from: cam
    pipe:
      - queue: latest
      - { detect-objects: { model: ${model}, decoder: yolov8, labels: [cat], hungAfter: 200ms }, onError: ${onError} }
sinks:
  seen: { from: things, console: { every: 1h } }
`
  const run = new Run(await loadPlan('hung.yaml', text, { stages: [stream] }))
  const { runtime } = run
  const { clock, pool } = runtime
  await run.start()
  const answerTo = async (brightness: number): Promise<Packet<Detections>> => {
    const answer = firstValueFrom(run.tap('things'))
    show(brightness)
    return (await answer) as Packet<Detections>
  }
  expect((await answerTo(0)).value.found).toMatchObject([{ label: 'cat' }])

  const hangs = new Promise<string>((resolve) => {
    runtime.watch(({ text: words }) => {
      if (words.includes('given up')) resolve(words)
    })
  })
  const atMs = clock.nowMs()
  show(255)
  const words = await hangs
  const tookMs = clock.nowMs() - atMs
  expect(words).toContain(`model ${model} has been running for 200ms and was given up`)
  expect(words.startsWith('things/detect-objects')).toBe(true)
  expect(tookMs).toBeGreaterThanOrEqual(200)
  expect(pool.count().lent).toBe(0)

  // Of the fresh worker, while the old one is still at it.
  const { value, lost } = await answerTo(0)
  expect([value.found.length, lost]).toEqual([1, 1])
  const { stages, models, state } = run.snapshot()
  expect(stages['things/detect-objects']).toMatchObject({ in: 3, out: 2, dropped: { error: 1 }, restarts })
  expect(models?.['things/detect-objects']).toMatchObject({ state: 'ready', sessions: 1, hung: 1 })
  expect(state).toBe('running')
  expect(await run.stop()).toEqual({ cutOff: [] })
  await runtime.closed()
  expect([runtime.left, pool.count().lent]).toEqual([[], 0])
})
