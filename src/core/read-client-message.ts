import { z } from 'zod'
import { readJson } from './read-json.js'
import type { ClientMessage } from './wire.js'

const u32 = z.number().int().min(0).max(0xffffffff)
const name = z.string().min(1).max(200)
const id = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const codec = z.enum(['jpeg', 'pcm', 'opus', 'mulaw', 'alaw'])

const ack = z.strictObject({
  type: z.literal('ack'),
  channel: z.number().int().min(0).max(0xffff),
  seq: u32,
  heldMs: z.number().min(0).exactOptional(),
})
const want = z.strictObject({
  type: z.literal('want'),
  channels: z.record(
    name,
    z.union([
      z.literal(false),
      z.strictObject({ codec: codec.exactOptional(), maxPerSecond: z.number().positive().max(1000).exactOptional() }),
    ]),
  ),
  state: z.boolean().exactOptional(),
})
const time = z.strictObject({ type: z.literal('time'), clientMs: z.number() })
const command = { type: z.literal('do'), id } as const
const message = z.union([
  ack,
  want,
  time,
  z.strictObject({ ...command, do: z.enum(['pause', 'resume']) }),
  z.strictObject({
    ...command,
    do: z.literal('look'),
    channel: name,
    atPx: z.tuple([z.number(), z.number()]),
  }),
  z.strictObject({ ...command, do: z.literal('set'), stage: name, option: name, value: z.unknown() }),
  z.strictObject({
    ...command,
    do: z.literal('stop'),
    name: name.exactOptional(),
    kind: z.enum(['hold', 'park', 'torque-off']).exactOptional(),
  }),
  z.strictObject({ ...command, do: z.literal('reset'), name: name.exactOptional() }),
]) satisfies z.ZodType<ClientMessage>

/** A text of a client as a message of the protocol; null for anything else. */
export function readClientMessage(text: string): ClientMessage | null {
  return readJson(message, text)
}
