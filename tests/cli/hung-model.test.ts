import { writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { createClips, skippedWithoutFfmpeg } from '../helpers/clips.js'
import { Command, nothingLeft } from '../helpers/command.js'
import { loopingOnnx } from '../helpers/tiny-onnx.js'

/** A model whose native code never comes back: no worker and no process ends by itself while it runs. */
const folder = createClips()
afterAll(() => {
  folder.remove()
})
const input = { name: 'images', dims: [1, 3, 32, 32] }
const output = { name: 'output0', dims: [1, 5, 1], data: new Float32Array(5) }
writeFileSync(folder.path('forever.onnx'), loopingOnnx({ input, output }, 1e15))
writeFileSync(
  folder.path('forever.yaml'),
  `saccade: 1
streams:
  room: { media: { open: 'demo:demo.mp4', loop: true } }
operators:
  things:
    from: room.video
    pipe:
      - queue: latest
      - { detect-objects: { model: ./forever.onnx, decoder: yolov8, labels: [cat], hungAfter: 100ms }, onError: skip }
sinks:
  seen: { from: things, console: { every: 1s } }
`,
)

test.skipIf(skippedWithoutFfmpeg('a model that hangs for ever'))(
  'a model that never comes back is given up while all goes on, and killed with the process three seconds after its end',
  async () => {
    const run = new Command(['run', 'forever.yaml', '--no-page', '--port', '0', '--for', '1s'], { cwd: folder.folder })
    const { code, signal, stderr } = await run.ended
    const file = './forever.onnx'
    expect(stderr).toContain(
      `things/detect-objects skipped an item: model ${file} has been running for 100ms and was given up`,
    )
    expect(stderr).toMatch(/stopped after .*; things lost \d+ \(overflow\), things lost [1-9]\d* \(error\)\n/)
    const last = stderr.trimEnd().split('\n').at(-1)
    expect(last).toBe(
      `model ${file} has been running for over 3 s: the process is killed, as it cannot end before that does`,
    )
    expect([code, signal]).toEqual([null, 'SIGKILL'])
    expect(await run.leftovers()).toEqual(nothingLeft)
  },
)
