/** JSON as it is parsed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What changed between two objects of JSON. `set` has the shape of the object and only what is new or another; lists are
 * whole. `gone` names what is no more, by the keys on the way to it.
 */
export type Changes = {
  readonly set: { readonly [key: string]: Json }
  readonly gone: readonly (readonly string[])[]
}

type JsonObject = { readonly [key: string]: Json }

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
}

/** A key that a plain assignment would take for something else. */
function put(target: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}

/** What `withChanges` needs to make the second of the first; null where nothing changed. */
export function changesOf(before: JsonObject, after: JsonObject): Changes | null {
  const gone: string[][] = []
  const compare = (a: JsonObject, b: JsonObject, way: readonly string[]): JsonObject | null => {
    const set: Record<string, Json> = {}
    let some = false
    for (const [key, value] of Object.entries(b)) {
      const old = Object.hasOwn(a, key) ? a[key] : undefined
      if (value === old) continue
      if (isObject(old) && isObject(value)) {
        const inner = compare(old, value, [...way, key])
        if (inner === null) continue
        put(set, key, inner)
      } else if (old !== undefined && isEqual(old, value)) continue
      else put(set, key, value)
      some = true
    }
    for (const key of Object.keys(a)) if (!Object.hasOwn(b, key)) gone.push([...way, key])
    return some ? set : null
  }
  const set = compare(before, after, [])
  return set === null && gone.length === 0 ? null : { set: set ?? {}, gone }
}

/** The object after the changes; what did not change is the same, so that a comparison by `===` sees it. */
export function withChanges(before: JsonObject, { set, gone }: Changes): JsonObject {
  const merge = (old: JsonObject, more: JsonObject): JsonObject => {
    const merged = { ...old }
    for (const [key, value] of Object.entries(more)) {
      const known = Object.hasOwn(old, key) ? old[key] : undefined
      put(merged, key, isObject(known) && isObject(value) ? merge(known, value) : value)
    }
    return merged
  }
  const without = (old: JsonObject, [key, ...rest]: readonly string[]): JsonObject => {
    if (key === undefined || !Object.hasOwn(old, key)) return old
    const left = { ...old }
    const inner = left[key]
    if (rest.length > 0 && isObject(inner)) put(left, key, without(inner, rest))
    else if (rest.length === 0) Reflect.deleteProperty(left, key)
    return left
  }
  return gone.reduce(without, merge(before, set))
}
