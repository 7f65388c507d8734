import type { PixelMemory } from '../core/frame.js'
import type { PictureShape, PoolWatch } from '../core/pool.js'

/** Remembers where every share of a frame was taken, and what the pixels were when the frame was handed on. */
export type FrameTrace = {
  readonly watch: PoolWatch
  /** Fails where a share was not given back or a frame was written to, and says where; then it begins anew. */
  readonly check: () => void
}

type Held = { readonly frame: PixelMemory; readonly words: string; readonly at: Error }

/**
 * Watches frames for the length of a test. A frame is handed on when its maker says so (`seal()`), when a packet is born
 * with it, or when someone else takes a share: pixels that are others later were written by someone who may not.
 *
 *     lease  fill  seal  next(…)  release      one share, given back; the pixels are compared at the last moment
 *                   └─ written here: told, with the line that asked for the pixels last
 */
export function traceFrames(): FrameTrace {
  const held = new Set<Held>()
  const lying = new WeakMap<PixelMemory, number>()
  let written: string[] = []

  function watch(memory: PixelMemory, shape: PictureShape): ReturnType<PoolWatch> {
    const leasedAt = here()
    const tell = (what: string): void => {
      written.push(`${sizeOf(shape)} ${what}\n    leased at ${placeOf(leasedAt)}`)
    }
    if (lying.has(memory) && lying.get(memory) !== sumOf(memory))
      tell('is leased, and its memory was written to since it was last given back')
    let shares = 0
    let sealed: number | null = null
    let askers: Error[] = []

    const compare = (): void => {
      if (sealed === null) return
      const sum = sumOf(memory)
      if (sum === sealed) return
      sealed = sum
      const who = askers.map(placeOf).reverse()
      tell(
        `was written to after its maker had handed it on${who.map((at) => `\n    its pixels were asked for at ${at}`).join('')}`,
      )
      askers = []
    }
    const seal = (): void => {
      sealed ??= sumOf(memory)
    }
    return {
      took() {
        const words = shares === 0 ? 'leased and never released, at' : 'a share, taken at'
        if (shares > 0) seal()
        shares++
        const one = { frame: memory, words, at: here() }
        held.add(one)
        return () => {
          held.delete(one)
          shares--
          if (shares > 0) return
          compare()
          lying.set(memory, sumOf(memory))
        }
      },
      sealed: seal,
      asked() {
        if (sealed === null) return
        compare()
        askers.push(here())
      },
    }
  }

  return {
    watch,
    check() {
      const problems = [...leaksIn(held), ...written.map((one) => `a frame of ${one}`)]
      held.clear()
      written = []
      if (problems.length > 0) throw new Error(problems.join('\n'))
    },
  }
}

/** How many frames were not given back, and where each share was taken; the same place is told once. */
function leaksIn(held: ReadonlySet<Held>): readonly string[] {
  if (held.size === 0) return []
  const places = new Map<string, number>()
  for (const { words, at } of held) {
    const line = `${words} ${placeOf(at)}`
    places.set(line, (places.get(line) ?? 0) + 1)
  }
  const frames = new Set([...held].map(({ frame }) => frame)).size
  const lines = [...places].map(([line, times]) => `\n  ${times === 1 ? '' : `${String(times)} × `}${line}`)
  return [`${frames === 1 ? '1 frame was' : `${String(frames)} frames were`} not given back${lines.join('')}`]
}

const sizeOf = ({ format, widthPx, heightPx }: PictureShape): string =>
  `${format} ${String(widthPx)}x${String(heightPx)}`

/** A checksum of the pixels (FNV-1a over words of four bytes). */
function sumOf({ bytes }: PixelMemory): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  let sum = 0x811c9dc5
  for (const word of words) sum = Math.imul(sum ^ word, 0x01000193)
  for (let at = words.length * 4; at < bytes.length; at++) sum = Math.imul(sum ^ (bytes[at] ?? 0), 0x01000193)
  return sum
}

/** Where we are, deep enough to see through some operators of RxJS. It costs microseconds; words are made of it only if it is told. */
function here(): Error {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 40
  const error = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return error
}

const house = new URL('..', import.meta.url).href.replace('file://', '')
const machinery = ['core/frame.', 'core/pool.', 'core/packet.', 'testing/frame-trace.'].map((file) => house + file)
const isForeign = (line: string): boolean => /[\\/]node_modules[\\/]rxjs[\\/]|\(?node:/.test(line)

/**
 * Where a share was taken: the first line of the stack that is not of the pool itself, nor of RxJS. Where that is one of
 * the house, so that a user learns little from it, the first line outside comes with it.
 */
function placeOf({ stack = '' }: Error): string {
  const lines = stack.split('\n').slice(1)
  const own = lines.filter((line) => !isForeign(line) && !machinery.some((file) => line.includes(file)))
  const [first] = own
  if (first === undefined) return 'an unknown place'
  const outside = own.find((line) => !line.includes(house))
  const places = outside === undefined || outside === first ? [first] : [first, outside]
  return places.map(told).join(', called from ')
}

/** `at next (file:///a.ts:1:2)` as `file:///a.ts:1:2 (next)`. */
function told(line: string): string {
  const [, name, place] = /^\s*at (?:(.*) \()?(.*?)\)?$/.exec(line) ?? []
  return `${place ?? line.trim()}${name === undefined ? '' : ` (${name})`}`
}
