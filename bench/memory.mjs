import { runScript } from './child.mjs'
import { row } from './figures.mjs'
import { modelFile } from './models.mjs'

export const about =
  '10,000 frames through resize → queue → detect-faces at full speed, after as many to warm up, and with YOLOX-Nano: how much memory grows'

/** Slope of the line that lies nearest to the points (least squares). */
export function slopeOf(points) {
  const mean = (at) => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}

/** Each way in a process of its own, one after the other; a run that is too short for a line makes no claim. */
export async function run({ quick, say }) {
  // Heaps of the engine and of the worker grow to their size over some thousand frames: what grows after that is a leak.
  // YOLOX-Nano takes three times as long for each: its warm-up is shorter, so that it is done in three minutes.
  const ways = [
    ['decoded', 'FFmpeg, in the engine', 'blazeface-256', 10_000],
    ['generated', 'generated 640x360, in plain RxJS', 'blazeface-256', 10_000],
    ['generated', 'generated 640x360, YOLOX-Nano', 'yolox-nano', 3000],
  ]
  const rows = []
  for (const [source, words, model, usualWarm] of ways) {
    if (modelFile(model, say) === null) continue
    const [warm, frames] = quick ? [0, 80] : [usualWarm, 10_000]
    say(`${warm + frames} frames, ${words}`)
    const { samples, seen, pool, seconds } = await runScript('./ours/memory.mjs', [warm + frames, source, model])
    for (const [at, kind] of [
      [1, 'rss'],
      [2, 'external memory'],
      [3, 'buffers, shared ones too'],
    ]) {
      const late = samples.filter(([frame]) => frame > warm + frames / 5).map((sample) => [sample[0], sample[at]])
      const perFrame = slopeOf(late)
      const values = late.map(([, value]) => value)
      rows.push({
        ...row({
          what: `${kind}: ${words}`,
          unit: 'MB',
          samples: [perFrame * frames],
          ...(quick ? {} : { target: '<= 1 MB', check: (figure) => figure.p50 <= 1 }),
          notes:
            `${(perFrame * 1024 * 1024).toFixed(1)} bytes a frame × ${frames}, the line through ${late.length} points of the last 80 % of them, after ${warm} to warm up, ` +
            `each after a garbage collection, between ${Math.min(...values).toFixed(1)} and ${Math.max(...values).toFixed(1)} MB; ` +
            `${seen} results in ${seconds.toFixed(0)} s; at the end the pool has ${pool.lent} lent, ${pool.free} free, ` +
            `${pool.pastBound} past its bound, ${pool.forgotten} forgotten`,
        }),
        n: frames,
      })
    }
  }
  return rows
}
