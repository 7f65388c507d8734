import { LRUCache } from 'lru-cache'
import type { LruCache } from '../core/adapters.js'

/** A cache of at most so many entries that forgets the one used least lately. */
export function createCache<V extends object>(capacity: number): LruCache<V> {
  let evicted = false
  const cache = new LRUCache<string, V>({
    max: capacity,
    dispose: (_value, _key, reason) => {
      evicted ||= reason === 'evict'
    },
  })
  return {
    get: (key) => cache.get(key),
    set(key, value) {
      evicted = false
      cache.set(key, value)
      return evicted
    },
  }
}
