// GStreamer: what a buffer costs between fakesrc and fakesink, through no, one and five queues. Each of its queues hands
// over to a thread of its own. Arguments: for how many ms. Prints {"missing": …} where gst-launch-1.0 is not installed.
import { execFileSync } from 'node:child_process'

const forMs = Number(process.argv[2])

/** Seconds that so many buffers took, as it tells itself: without its start. */
function run(buffers, queues) {
  const queue = ['!', 'queue', 'max-size-buffers=10', 'max-size-bytes=0', 'max-size-time=0']
  const words = ['fakesrc', `num-buffers=${buffers}`, 'silent=true', ...Array(queues).fill(queue).flat()]
  const text = execFileSync('gst-launch-1.0', [...words, '!', 'fakesink', 'silent=true', 'sync=false'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [, hours, minutes, seconds] = /ended after (\d+):(\d+):([\d.]+)/.exec(text) ?? []
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

try {
  const version = execFileSync('gst-launch-1.0', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const samples = {}
  for (const queues of [0, 1, 5]) {
    const count = 20_000
    const buffers = Math.max(count, Math.round((forMs / 1000 / run(count, queues)) * count))
    samples[queues] = Array.from({ length: 3 }, () => (run(buffers, queues) * 1e9) / buffers)
  }
  console.log(JSON.stringify({ version, samples }))
} catch (error) {
  if (error.code !== 'ENOENT') throw error
  console.log(JSON.stringify({ missing: 'gst-launch-1.0 is not installed (apt install gstreamer1.0-tools)' }))
}
