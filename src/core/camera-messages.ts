import { z } from 'zod'
import { cameraVersion, type FromCamera } from './camera-wire.js'
import { readJson } from './read-json.js'

const message: z.ZodType<FromCamera> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    version: z.literal(cameraVersion),
    id: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
    label: z
      .string()
      .max(120)
      // It is shown to people and written to a terminal.
      .transform((label) => label.replace(/\p{C}/gu, '').trim()),
    video: z.boolean(),
    audio: z.boolean(),
  }),
  z.strictObject({ type: z.literal('time'), serverMs: z.number(), clientMs: z.number() }),
])

/** Reads a text of a browser's; null where it is no message of this protocol. Never throws. */
export function readCameraMessage(text: string): FromCamera | null {
  return readJson(message, text)
}
