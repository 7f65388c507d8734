import { runScript } from './child.mjs'
import { quantile, row } from './figures.mjs'
import { openTurns } from './turns.mjs'

export const about =
  'what a packet costs in stages and edges, beside plain calls, a Subject, RxJS chains, a ring and a bare handle (bench/bare/overhead.mjs)'

const ours = (what) => ['./ours/overhead.mjs', what]
const bare = (what) => ['./bare/overhead.mjs', what]

export async function run({ quick, say }) {
  const [rounds, forMs] = quick ? [6, 30] : [60, 60]
  const samples = {}
  const measure = async (name, scripts) => {
    say(name)
    // The collector on the same thread: its helpers wait for each other where others are busy, and that is no cost of ours.
    const turns = openTurns(scripts, ['--single-threaded-gc'])
    try {
      await turns.take(5 * forMs)
      for (const [way, answers] of Object.entries(await turns.take(forMs, rounds))) samples[way] = answers.flat()
    } finally {
      await turns.close()
    }
  }
  await measure('synchronous stages', { maps: bare('maps'), calls: bare('calls'), chain: ours('chain') })
  const edges = { counted: ours('counted'), metered: ours('metered'), five: ours('five') }
  await measure('edges', { subject: bare('subject'), ...edges })
  const rings = { ring: bare('ring'), 'deep-ring': bare('deep-ring') }
  await measure('backlogs', { ...rings, backlog: ours('backlog'), 'deep-backlog': ours('deep-backlog') })
  await measure('a worker and back', { 'bare-handle': bare('handle'), handle: ours('handle') })
  const bytes = { 'subject-bytes': bare('subject-bytes'), 'maps-bytes': bare('maps-bytes') }
  await measure('bytes', { ...bytes, 'metered-bytes': ours('metered-bytes'), 'chain-bytes': ours('chain-bytes') })
  const p50 = (name) => quantile(samples[name], 0.5)
  const beside = (what, name, baseline, baselineName, most, notes) =>
    row({
      what,
      unit: 'ns',
      samples: samples[name],
      baseline,
      baselineSamples: samples[baselineName],
      notes,
      ...(most === undefined ? {} : { target: `ratio <= ${most}`, check: (a, b) => a.p50 / b.p50 <= most }),
    })
  return [
    beside('five synchronous stages, run as one', 'chain', 'RxJS map, five times', 'maps', 1.2, births),
    beside('five plain calls and a copy', 'calls', 'RxJS map, five times', 'maps'),
    beside('an edge, counted', 'counted', 'Subject', 'subject', 2, 'its counters, and a clock that stands still'),
    row({
      what: 'an edge, fully metered',
      unit: 'ns',
      samples: samples['metered'],
      baseline: 'Subject',
      baselineSamples: samples['subject'],
      target: 'ratio <= 8, <= 1 µs',
      check: (a, b) => a.p50 / b.p50 <= 8 && a.p50 <= 1000,
      notes: 'queue in a pipe: counters, two histograms, one clock read',
    }),
    row({
      what: 'five edges in a row, metered',
      unit: 'ns',
      samples: samples['five'],
      baseline: 'Subject',
      baselineSamples: samples['subject'],
      target: '>= 1,000,000 packets/s',
      check: (a) => a.p50 <= 1000,
      notes: `${Math.round(1e9 / p50('five')).toLocaleString('en')} packets a second`,
    }),
    backlog(samples),
    row({
      what: 'a 720p frame to a worker and back',
      unit: 'µs',
      samples: samples['handle'],
      baseline: 'bare handle',
      baselineSamples: samples['bare-handle'],
      target: 'ratio <= 1.3',
      check: (a, b) => a.p50 / b.p50 <= 1.3,
      notes: 'leased from the pool, through a queue and an asynchronous stage; one at a time; no pixel is copied',
    }),
    ...heap(samples),
    ...(await peers(quick ? 100 : 1000, say)),
  ]
}

const births =
  'CPU time, collector included; every row holds the birth of the packet; at such rates one in sixteen is timed'

/** By how much a packet costs more where 20,000 wait than where 20 do: cold memory and the collector are in both. */
function backlog(samples) {
  const p50 = (name) => quantile(samples[name], 0.5)
  const grown = (deep, shallow) => samples[deep].map((sample) => sample / p50(shallow))
  const told = (what) => `${p50(what).toFixed(0)} → ${p50(`deep-${what}`).toFixed(0)} ns`
  return row({
    what: 'cost where 20,000 wait, over where 20 do',
    unit: '×',
    samples: grown('deep-backlog', 'backlog'),
    baseline: 'ring',
    baselineSamples: grown('deep-ring', 'ring'),
    target: 'ratio <= 1.2',
    check: (a, b) => a.p50 / b.p50 <= 1.2,
    notes: `for each that comes one is taken; an edge, metered: ${told('backlog')}; a bare ring: ${told('ring')}`,
  })
}

function heap(samples) {
  const weighed = (what, name, baseline) =>
    row({
      what: `bytes allocated a packet: ${what}`,
      unit: 'B',
      samples: samples[`${name}-bytes`],
      baseline,
      baselineSamples: samples[`${baseline === 'Subject' ? 'subject' : 'maps'}-bytes`],
      notes: 'with the packet that is born and what RxJS itself allocates',
    })
  return [weighed('an edge', 'metered', 'Subject'), weighed('five stages', 'chain', 'RxJS map, five times')]
}

/** Other people's queues, where they are installed. */
async function peers(forMs, say) {
  const { missing, version, samples } = await runScript('./peers/overhead_gst.mjs', [forMs])
  if (missing !== undefined) {
    say(`skipped: GStreamer's queues, as ${missing}`)
    return []
  }
  const beside = (what, queues) =>
    row({
      what,
      unit: 'ns',
      samples: samples[queues],
      baseline: 'fakesrc ! fakesink',
      baselineSamples: samples[0],
      notes: `${version}, by its own clock; each of its queues hands over to a thread of its own, ours do not`,
    })
  return [beside("GStreamer's queue", 1), beside("GStreamer's queue, five in a row", 5)]
}
