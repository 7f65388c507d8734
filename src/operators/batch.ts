import { z } from 'zod'
import { defineGathering } from '../core/define.js'
import type { Origin, Packet } from '../core/packet.js'
import { listPort } from '../core/ports.js'
import { anyPort } from '../core/stage.js'
import { duration } from '../core/units.js'
import { Gathering } from './gathering.js'
import { type Alarm, keeping } from './keeping.js'

const options = z.strictObject({
  most: z.number().int().min(1).max(100_000).default(50).describe('it is given as soon as it holds so many packets'),
  after: duration({ above: 0 }).prefault('100ms').describe('or so long after its first one came, on the clock'),
})

/**
 * Gives what came as lists, so that much is sent at once and nothing waits long: as telemetry does. For each origin.
 *
 *     in    -a-b-c-d----e---|
 *     out   -----x------y--z|    batch({ most: 3, after: '90ms' }): [a, b, c], [d], [e]
 *
 * Flattened it is what came: order stays, nothing is lost, nothing waits longer than `after`. A list lasts from its first packet
 * to the end of its last; `n` packets are counted as one given and `n − 1` merged. A restart upstream ends a batch, and so does
 * completion. (`window` goes by capture time; this goes by the clock.)
 *
 * @example
 * pose$.pipe(batch({ most: 50, after: '100ms' }))
 */
export const batch = defineGathering({
  name: 'batch',
  summary: 'Gives what came as lists: as soon as there are so many, or a time after the first one came.',
  input: anyPort,
  output: listPort,
  options,
  main: 'most',
  example: { most: 50, after: '100ms' },
  metersItself: true,
  keeps: true,
  packets: ({ most, after }, context) =>
    keeping(context, ({ meter, give, alarm }) => {
      type One = { readonly gathering: Gathering<unknown>; readonly alarm: Alarm; epoch: number }
      const all = new Map<Origin, One>()

      const giveWhole = (gathering: Gathering<unknown>): void => {
        if (gathering.length > 0) give(gathering.give(gathering.length))
      }
      const begin = ({ origin, epoch }: Packet<unknown>): One => {
        const gathering = new Gathering<unknown>(meter)
        const overdue = alarm(() => {
          giveWhole(gathering)
        })
        const one = { gathering, alarm: overdue, epoch }
        all.set(origin, one)
        return one
      }

      return {
        take(packet, nowMs) {
          const one = all.get(packet.origin) ?? begin(packet)
          const { gathering } = one
          if (packet.epoch > one.epoch) {
            one.epoch = packet.epoch
            giveWhole(gathering)
          }
          gathering.add(packet, nowMs)
          if (gathering.length === 1) one.alarm.set(nowMs + after)
          if (gathering.length < most) return
          giveWhole(gathering)
          one.alarm.clear()
        },
        finish: () => {
          for (const { gathering } of all.values()) giveWhole(gathering)
        },
        discard: () => {
          for (const { gathering } of all.values()) gathering.end('shutdown')
        },
      }
    }),
})
