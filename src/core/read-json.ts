import type { z } from 'zod'

/** A text of JSON as what the schema says; null for anything else. Never throws. */
export function readJson<T>(schema: z.ZodType<T>, text: string): T | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  const read = schema.safeParse(parsed)
  return read.success ? read.data : null
}
