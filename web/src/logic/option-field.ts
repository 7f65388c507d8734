/** How an option is asked for, by its JSON schema. */
export type OptionField =
  | { readonly is: 'switch' }
  | { readonly is: 'choice'; readonly choices: readonly string[] }
  | { readonly is: 'number'; readonly min: number | null; readonly max: number | null; readonly whole: boolean }
  /** Any other: as it is written in the file. */
  | { readonly is: 'text' }

type Schema = Readonly<Record<string, unknown>>

export function optionField(schema: unknown): OptionField {
  const facts = (typeof schema === 'object' && schema !== null ? schema : {}) as Schema
  const { type, minimum, maximum } = facts
  const choices = facts['enum']
  if (Array.isArray(choices) && choices.every((choice) => typeof choice === 'string')) return { is: 'choice', choices }
  if (type === 'boolean') return { is: 'switch' }
  if (type === 'number' || type === 'integer') {
    const least = typeof minimum === 'number' ? minimum : facts['exclusiveMinimum']
    const most = typeof maximum === 'number' ? maximum : facts['exclusiveMaximum']
    return {
      is: 'number',
      min: bound(least),
      max: bound(most),
      whole: type === 'integer',
    }
  }
  return { is: 'text' }
}

/** What JSON schema writes where it means "as large as a whole number can be" is no bound for people. */
function bound(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null
}

/** What was typed, as a value; undefined where it is none. What a text may be is for the run to say. */
export function optionValue(field: OptionField, typed: string): unknown {
  const text = typed.trim()
  switch (field.is) {
    case 'switch':
      return text === 'true'
    case 'choice':
      return field.choices.includes(text) ? text : undefined
    case 'number': {
      const value = Number(text)
      const fits = text !== '' && Number.isFinite(value) && (!field.whole || Number.isInteger(value))
      return fits && value >= (field.min ?? -Infinity) && value <= (field.max ?? Infinity) ? value : undefined
    }
    case 'text':
      return text === '' ? undefined : /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  }
}

/** A value as it is written in a file. */
export function optionText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return `[${value.map(optionText).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${optionText(item)}`)
    return `{ ${entries.join(', ')} }`
  }
  return value === null || value === undefined ? 'none' : JSON.stringify(value)
}
