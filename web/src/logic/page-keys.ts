/** Which keys do something on this page; a visitor may switch them off (WCAG 2.1.4), as voices and slips type letters too. */
export type PageKeys = {
  /** Escape stops the robot. */
  readonly stop: boolean
  /** P and the space bar pause the run and let it go on. */
  readonly pause: boolean
}

/** As it was written down; what is missing or cannot be read is on. */
export function readKeys(text: string | null): PageKeys {
  let told: unknown = null
  try {
    told = JSON.parse(text ?? 'null')
  } catch {
    // Somebody else wrote it.
  }
  const { stop, pause } = (told ?? {}) as { stop?: unknown; pause?: unknown }
  return { stop: stop !== false, pause: pause !== false }
}
