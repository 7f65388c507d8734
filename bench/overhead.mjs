import { runScript } from './child.mjs'
import { quantile, row } from './figures.mjs'

export const about =
  'what a packet costs in stages and edges, beside plain calls, a Subject, RxJS chains, a ring and a bare handle (bench/bare/overhead.mjs)'

const bare = ['calls', 'subject', 'maps', 'ring', 'deep-ring', 'handle', 'subject-bytes', 'maps-bytes']
const ours = [
  'chain',
  'counted',
  'metered',
  'five',
  'backlog',
  'deep-backlog',
  'handle',
  'chain-bytes',
  'metered-bytes',
]

/** Each by turns, in a process of its own, so that drift of the machine meets all, and none is compiled for the others. */
export async function run({ quick, say }) {
  const [rounds, forMs] = quick ? [1, 100] : [7, 400]
  const samples = {}
  const measure = async (side, what) => {
    const found = await runScript(`./${side}/overhead.mjs`, [what, forMs])
    ;(samples[`${side} ${what}`] ??= []).push(...found.samples)
  }
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`)
    for (const what of bare) await measure('bare', what)
    for (const what of ours) await measure('ours', what)
  }
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
    beside('five synchronous stages, run as one', 'ours chain', 'RxJS map, five times', 'bare maps', 1.2, births),
    beside('five plain calls and a copy', 'bare calls', 'RxJS map, five times', 'bare maps'),
    beside(
      'an edge, counted',
      'ours counted',
      'Subject',
      'bare subject',
      2,
      'its counters, and a clock that stands still',
    ),
    row({
      what: 'an edge, fully metered',
      unit: 'ns',
      samples: samples['ours metered'],
      baseline: 'Subject',
      baselineSamples: samples['bare subject'],
      target: 'ratio <= 8, <= 1 µs',
      check: (a, b) => a.p50 / b.p50 <= 8 && a.p50 <= 1000,
      notes: 'queue in a pipe: counters, two histograms, one clock read',
    }),
    row({
      what: 'five edges in a row, metered',
      unit: 'ns',
      samples: samples['ours five'],
      baseline: 'Subject',
      baselineSamples: samples['bare subject'],
      target: '>= 1,000,000 packets/s',
      check: (a) => a.p50 <= 1000,
      notes: `${Math.round(1e9 / p50('ours five')).toLocaleString('en')} packets a second`,
    }),
    backlog(samples),
    row({
      what: 'a 720p frame to a worker and back',
      unit: 'µs',
      samples: samples['ours handle'],
      baseline: 'bare handle',
      baselineSamples: samples['bare handle'],
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
  const told = (side, what) => `${p50(`${side} ${what}`).toFixed(0)} → ${p50(`${side} deep-${what}`).toFixed(0)} ns`
  return row({
    what: 'cost where 20,000 wait, over where 20 do',
    unit: '×',
    samples: grown('ours deep-backlog', 'ours backlog'),
    baseline: 'ring',
    baselineSamples: grown('bare deep-ring', 'bare ring'),
    target: 'ratio <= 1.2',
    check: (a, b) => a.p50 / b.p50 <= 1.2,
    notes: `for each that comes one is taken; an edge, metered: ${told('ours', 'backlog')}; a bare ring: ${told('bare', 'ring')}`,
  })
}

function heap(samples) {
  const weighed = (what, name, baseline) =>
    row({
      what: `bytes allocated a packet: ${what}`,
      unit: 'B',
      samples: samples[`ours ${name}-bytes`],
      baseline,
      baselineSamples: samples[`bare ${baseline === 'Subject' ? 'subject' : 'maps'}-bytes`],
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
