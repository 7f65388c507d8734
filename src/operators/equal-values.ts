/**
 * Whether two values say the same: plain objects and lists part by part, typed arrays element by element, numbers as numbers
 * (NaN is NaN, −0 is 0). Anything else, as a frame, is equal only to itself. The values hold no cycle, as JSON holds none.
 */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) && Number.isNaN(b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return equalElements(a, b)
  if (isTyped(a) && isTyped(b)) return equalElements(a, b)
  return isPlain(a) && isPlain(b) && equalFields(a, b)
}

type Elements = { readonly length: number; readonly [index: number]: unknown }

function isTyped(value: object): value is object & Elements {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

function equalElements(a: Elements, b: Elements): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (!equalValues(a[index], b[index])) return false
  return true
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function equalFields(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const fields = Object.keys(a)
  if (fields.length !== Object.keys(b).length) return false
  return fields.every((field) => Object.hasOwn(b, field) && equalValues(a[field], b[field]))
}
