import fc from 'fast-check'
import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import { forwards } from '../../src/core/forwards.js'
import { CountingGate } from '../../src/core/gate.js'
import type { Packet } from '../../src/core/packet.js'
import { runs } from '../helpers/runs.js'
import { heldOf, live, packetOf, recorded, virtualRuntime } from './births.js'

type Step = 'camera' | 'file' | 'pause' | 'resume'

test('law: paused, what can wait is held and loses nothing; what cannot is counted, and told by the next (E7, E8)', () => {
  const steps = fc.array(fc.constantFrom<Step>('camera', 'camera', 'file', 'file', 'pause', 'resume'), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const { runtime } = virtualRuntime()
      const { pausing } = runtime.controls
      const source = new Subject<Packet<string>>()
      const seen: Packet<string>[] = []
      forwards(source, 'result', { runtime, name: 'stream' }).subscribe((packet) => seen.push(packet))

      const next = { camera: 0, file: 0 }
      /** What the file has to give and may not. */
      let waiting = 0
      const gate = new CountingGate(() => {
        flush()
      })
      const flush = (): void => {
        for (; waiting > 0 && gate.open; waiting--)
          source.next(packetOf('file', { origin: recorded, gate, seq: next.file++ }))
      }
      const lost: number[] = []
      let missed = 0
      let heard = false
      for (const step of all) {
        if (step === 'pause') pausing.pause()
        else if (step === 'resume') pausing.resume()
        else if (step === 'file') {
          const before = seen.length
          waiting++
          flush()
          // Only one that was not heard of before is still on its way.
          if (pausing.paused) expect(seen.length - before).toBe(heard ? 0 : 1)
          heard = true
        } else {
          if (pausing.paused) missed++
          else {
            lost.push(missed)
            missed = 0
          }
          source.next(packetOf('camera', { origin: live, seq: next.camera++ }))
        }
      }
      pausing.resume()
      source.complete()

      const from = (what: string): readonly Packet<string>[] => seen.filter(({ value }) => value === what)
      expect(from('file').map(({ seq }) => seq)).toEqual(all.filter((step) => step === 'file').map((_, seq) => seq))
      expect(from('camera').map((packet) => packet.lost)).toEqual(lost)
      const meter = runtime.meters.get('stream.result') ?? expect.unreachable()
      expect(heldOf(meter)).toBe(0)
      expect(meter.droppedBy('paused')).toBe(next.camera - lost.length)
      expect(gate.open).toBe(true)
    }),
    { numRuns: runs(1000) },
  )
})
