import { z } from 'zod'

/** A number that knows its unit; the mark exists only for the type. */
export type Branded<Unit extends string> = number & { readonly unit?: Unit }

export type Ms = Branded<'ms'>
export type Hz = Branded<'Hz'>
export type Rad = Branded<'rad'>
export type Metres = Branded<'m'>
export type Bytes = Branded<'bytes'>
export type SizePx = readonly [widthPx: number, heightPx: number]

type Quantity = { readonly name: string; readonly example: string; readonly factors: Readonly<Record<string, number>> }

const quantities = {
  duration: { name: 'a duration', example: '50ms', factors: { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000 } },
  rate: { name: 'a rate', example: '30fps', factors: { fps: 1, Hz: 1, kHz: 1000, '/s': 1 } },
  angle: { name: 'an angle', example: '5deg', factors: { deg: Math.PI / 180, rad: 1 } },
  length: { name: 'a length', example: '10mm', factors: { mm: 0.001, cm: 0.01, m: 1 } },
  bytes: { name: 'a size in bytes', example: '2MB', factors: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 } },
} as const satisfies Record<string, Quantity>

const written = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-zA-Z/]*)\s*$/

/**
 * Reads a value with its unit: `50ms`, `30fps`, `5deg`, `10mm`, `2MB`.
 *
 * @returns the number in ms, Hz, rad, m or bytes; or the reason why not, with the right spelling
 */
function readQuantity(input: unknown, quantity: Quantity): number | string {
  const units = Object.keys(quantity.factors).join(', ')
  const wanted = `${quantity.name} with its unit is needed, such as ${quantity.example} (units: ${units})`
  if (typeof input === 'number') {
    const first = Object.keys(quantity.factors).find((name) => quantity.example.endsWith(name)) ?? ''
    return `${wanted}: found the bare number ${String(input)}, write ${String(input)}${first}`
  }
  const match = typeof input === 'string' ? written.exec(input) : null
  if (match === null) return `${wanted}: found ${shown(input)}`
  const [, digits = '', name = ''] = match
  const factor = Object.hasOwn(quantity.factors, name) ? quantity.factors[name] : undefined
  if (name === '') return readQuantity(Number(digits), quantity)
  if (factor === undefined) return `${wanted}: found the unit ${JSON.stringify(name)} in ${JSON.stringify(input)}`
  const value = Number(digits) * factor
  return Number.isFinite(value) ? value : `${wanted}: found ${shown(input)}, which is too large`
}

function shown(input: unknown): string {
  return input === undefined ? 'nothing' : JSON.stringify(input)
}

type Bounds = { readonly min?: number; readonly max?: number; readonly above?: number }

function bounded(value: number, text: string, bounds: Bounds): string | null {
  const { min, max, above } = bounds
  if (min !== undefined && value < min) return `must not be less than ${String(min)}: found ${text}`
  if (max !== undefined && value > max) return `must not be more than ${String(max)}: found ${text}`
  if (above !== undefined && value <= above) return `must be more than ${String(above)}: found ${text}`
  return null
}

/** Schema of a value with a unit. Its input is a string; a bare number is told the right spelling. */
function quantitySchema<Unit extends string>(quantity: Quantity, bounds: Bounds) {
  const units = Object.keys(quantity.factors).map((name) => name.replace('/', '\\/'))
  return z
    .custom<string>(() => true)
    .transform((input, context): Branded<Unit> => {
      const value = readQuantity(input, quantity)
      const wrong = typeof value === 'string' ? value : bounded(value, input, bounds)
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong })
      return typeof value === 'number' ? value : 0
    })
    .meta({ type: 'string', pattern: `^[0-9.]+(${units.join('|')})$`, examples: [quantity.example] })
}

/** `50ms`, `1s`, `2min` → ms, not negative. */
export const duration = (bounds: Bounds = { min: 0 }) => quantitySchema<'ms'>(quantities.duration, bounds)
/** `30fps`, `50Hz` → per second, more than 0. */
export const rate = (bounds: Bounds = { above: 0 }) => quantitySchema<'Hz'>(quantities.rate, bounds)
/** `5deg`, `0.1rad` → rad. */
export const angle = (bounds: Bounds = {}) => quantitySchema<'rad'>(quantities.angle, bounds)
/** `10mm`, `2cm` → m. */
export const length = (bounds: Bounds = {}) => quantitySchema<'m'>(quantities.length, bounds)
/** `2MB` → bytes. */
export const bytes = (bounds: Bounds = { min: 0 }) => quantitySchema<'bytes'>(quantities.bytes, bounds)

/** `640x480` → [width, height] in px, each 2 to 8192. */
export const size = () =>
  z
    .custom<string>(() => true)
    .transform((input, context): SizePx => {
      const match = typeof input === 'string' ? /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/.exec(input) : null
      const [width, height] = [Number(match?.[1]), Number(match?.[2])]
      if (match === null || Math.min(width, height) < 2 || Math.max(width, height) > 8192) {
        const message = `a size in px is needed, such as 640x480, each side 2 to 8192: found ${shown(input)}`
        context.addIssue({ code: 'custom', message })
      }
      return [width, height]
    })
    .meta({ type: 'string', pattern: '^[0-9]+x[0-9]+$', examples: ['640x480'] })

/** A duration as a person writes it: `250ms`, `1.5s`. */
export function formatMs(valueMs: number): string {
  return valueMs >= 1000 ? `${String(Math.round(valueMs / 10) / 100)}s` : `${String(Math.round(valueMs * 100) / 100)}ms`
}

/** A size as a person writes it: `2MB`, `1.5kB`. */
export function formatBytes(value: number): string {
  const [unit, factor] = value >= 1e9 ? ['GB', 1e9] : value >= 1e6 ? ['MB', 1e6] : value >= 1e3 ? ['kB', 1e3] : ['B', 1]
  return `${String(Math.round((value / factor) * 100) / 100)}${unit}`
}
