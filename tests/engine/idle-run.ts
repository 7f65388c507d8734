import { loadPlan, PipelineRun } from '../../src/engine/create-pipeline.js'
import { arrivals } from './stages.js'

/** A run that does next to nothing until it is stopped: what is looked at is how it is served. */
export async function idleRun(name: string): Promise<PipelineRun> {
  const text = `saccade: 1
name: ${name}
streams: { ticks: { arrivals: { gaps: [0], ends: false } } }
sinks: { live: { from: ticks, websocket: {} } }
`
  return new PipelineRun(await loadPlan(`${name}.yaml`, text, { stages: [arrivals] }))
}
