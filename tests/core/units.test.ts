import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { angle, bytes, duration, formatMs, length, rate, size } from '../../src/core/units.js'
import { runs } from '../helpers/runs.js'

const quantities = [
  { name: 'duration', schema: duration(), units: { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000 } },
  { name: 'rate', schema: rate(), units: { fps: 1, Hz: 1, kHz: 1000, '/s': 1 } },
  { name: 'angle', schema: angle(), units: { deg: Math.PI / 180, rad: 1 } },
  { name: 'length', schema: length(), units: { mm: 0.001, cm: 0.01, m: 1 } },
  { name: 'bytes', schema: bytes(), units: { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 } },
] as const
const cases = quantities.flatMap(({ name, schema, units }) =>
  Object.entries(units).map(([unit, factor]) => [name, unit, factor, schema] as const),
)

const refusal = (schema: z.ZodType, input: unknown): string => {
  const result = schema.safeParse(input)
  if (result.success) throw new Error(`was not refused: ${JSON.stringify(input)} is ${String(result.data)}`)
  return result.error.issues[0]?.message ?? ''
}

describe('units', () => {
  test.each(cases)('law: a %s in %s is read as what was written, times its factor', (_name, unit, factor, schema) => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.constantFrom('', ' '), (value, blank) => {
        expect(schema.parse(`${String(value)}${blank}${unit}`)).toBe(value * factor)
      }),
      { numRuns: runs(50) },
    )
  })

  test.each(quantities)('law: a bare number is no $name, and is told a spelling that is one', ({ schema }) => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.boolean(), (value, asText) => {
        const message = refusal(schema, asText ? String(value) : value)
        const spelling = /write (\S+)$/.exec(message)?.[1]
        expect(message).toContain(`bare number ${String(value)}`)
        expect(schema.safeParse(spelling).success).toBe(true)
      }),
      { numRuns: runs(50) },
    )
  })

  test('the spelling told is the usual one', () => {
    expect(refusal(duration(), 50)).toMatch(/a duration with its unit is needed, such as 50ms .*write 50ms$/)
    expect(refusal(rate(), 30)).toMatch(/write 30fps$/)
    expect(refusal(angle(), 5)).toMatch(/write 5deg$/)
    expect(refusal(length(), 10)).toMatch(/write 10mm$/)
  })

  test.each(quantities)(
    'law: any other text is refused as $name, and says what is needed; never a number that is none',
    ({ schema }) => {
      const nearly = fc.tuple(
        fc.integer(),
        fc.constantFrom('constructor', 'toString', 'valueOf', 'px', 'Ms', 'sec', 'msms', '°', '%'),
      )
      const anything = fc.oneof(
        fc.anything(),
        fc.string(),
        fc.constantFrom(
          '1e999ms',
          '1e999fps',
          '1e999deg',
          '1e999m',
          '1e999MB',
          '',
          ' ',
          '-',
          '.ms',
          'NaNms',
          'Infinityms',
          '1..2ms',
        ),
        nearly.map(([value, unit]) => `${String(value)}${unit}`),
      )
      fc.assert(
        fc.property(anything, (input) => {
          const result = schema.safeParse(input)
          if (result.success) {
            expect(typeof input).toBe('string')
            expect(Number.isFinite(result.data)).toBe(true)
          } else expect(result.error.issues[0]?.message).toMatch(/is needed|must /)
        }),
        { numRuns: runs(300) },
      )
    },
  )

  test('a unit that is none is told, with those that are', () => {
    const wanted = 'a rate with its unit is needed, such as 30fps (units: fps, Hz, kHz, /s)'
    expect(refusal(rate(), '30fsp')).toBe(`${wanted}: found the unit "fsp" in "30fsp"`)
    expect(refusal(rate(), '30constructor')).toBe(`${wanted}: found the unit "constructor" in "30constructor"`)
    expect(refusal(rate(), '1e999Hz')).toMatch(/found "1e999Hz", which is too large$/)
  })

  test('bounds are told with what was written', () => {
    expect(refusal(duration(), '-5ms')).toBe('must not be less than 0: found -5ms')
    expect(refusal(rate(), '0fps')).toBe('must be more than 0: found 0fps')
    expect(refusal(rate({ min: 1, max: 200 }), '1kHz')).toBe('must not be more than 200: found 1kHz')
    expect(angle().parse('-90deg')).toBeCloseTo(-Math.PI / 2, 12)
  })

  test('law: a size is read as written, in range; anything else is refused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 9000 }),
        fc.integer({ min: -1, max: 9000 }),
        fc.constantFrom('x', ' x ', '×'),
        (w, h, by) => {
          const result = size().safeParse(`${String(w)}${by}${String(h)}`)
          const fits = Math.min(w, h) >= 2 && Math.max(w, h) <= 8192
          expect(result.success).toBe(fits)
          if (result.success) expect(result.data).toEqual([w, h])
          else expect(result.error.issues[0]?.message).toMatch(/such as 640x480, each side 2 to 8192/)
        },
      ),
    )
    for (const input of [640, '640', null, undefined, [640, 480], '640x480x3']) refusal(size(), input)
  })

  test('law: a duration that is written out reads back within what people read', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (ms) => {
        expect(Math.abs((duration().parse(formatMs(ms)) as number) / ms - 1)).toBeLessThan(0.01)
      }),
    )
  })
})
