import { expect, test } from 'vitest'
import { FfmpegLog } from '../../src/adapters/ffmpeg-log.js'
import { createPictureTrack } from '../../src/adapters/ffmpeg-track.js'
import { createPool } from '../../src/core/pool.js'

// What FFmpeg says before the bytes of a picture come.
const said = `[info] Input #0, mov, from 'file:a.mp4':
[showinfo@in @ 0x1] [info] config in time_base: 1/15360, frame_rate: 30/1
[showinfo@in @ 0x1] [info] n:   0 pts:      0 pts_time:0 pos: 1 fmt:yuv420p sar:1/1 s:8x4 i:P iskey:1 type:I 
`

test('closed in the middle of a picture: its memory is nobody else’s until the decoder, which writes into it, is gone', async () => {
  const pool = createPool()
  const log = new FfmpegLog()
  log.write(said)
  let reaped: () => void = () => undefined
  const track = createPictureTrack(
    { format: 'gray', fitPx: null },
    pool,
    { log, told: 'a.mp4', live: false },
    { pump: () => undefined, stop: () => new Promise((resolve) => (reaped = resolve)) },
  )
  const window = track.window()
  expect(window).toHaveLength(32)
  const closed = track.reader.close()
  window?.fill(7)
  expect(pool.count()).toMatchObject({ lent: 1, free: 0 })
  reaped()
  await closed
  expect(pool.count()).toMatchObject({ lent: 0, free: 1 })
})
