const minus = '−'

/** A number with so many decimals, with a true minus and never "-0". */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  return value < 0 && Number(text) !== 0 ? minus + text : text
}

/** Milliseconds to read at a glance: one decimal below 100, whole above, seconds from ten on. */
export function ms(value: number): string {
  if (value >= 9999.5) return `${fixed(value / 1000, 0)} s`
  return `${fixed(value, value < 99.95 ? 1 : 0)} ms`
}

/** The large figure and its unit: whole milliseconds, then seconds, so that it stays three digits wide. */
export function figure(ageMs: number): { readonly value: string; readonly unit: string } {
  const whole = Math.max(0, Math.round(ageMs))
  if (whole < 1000) return { value: String(whole), unit: 'ms' }
  const seconds = whole / 1000
  return seconds < 100 ? { value: fixed(seconds, 1), unit: 's' } : { value: fixed(seconds, 0), unit: 's' }
}

/** 192 s → "03:12"; with hours where there are any. */
export function clock(durationMs: number): string {
  const all = Math.max(0, Math.floor(durationMs / 1000))
  const two = (n: number): string => String(n).padStart(2, '0')
  const hours = Math.floor(all / 3600)
  const rest = `${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`
  return hours > 0 ? `${String(hours)}:${rest}` : rest
}

/** Counts with thin spaces between thousands. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f')
}

export function degrees(rad: number): string {
  return `${fixed((rad * 180) / Math.PI, 1)}°`
}

/** "a, b and c" */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`
}
