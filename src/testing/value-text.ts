import { Frame } from '../core/frame.js'
import { Picture } from './picture.js'

/** More numbers than this are told by their sum alone. */
const shownNumbers = 12

/**
 * Any value as text: the same for the same value, another for another one, also where JSON tells no difference (−0, NaN,
 * undefined, typed arrays). A frame and the picture that it shows have the same text; a frame given back says so.
 */
export function valueText(value: unknown): string {
  if (value instanceof Picture) return pictureText(value, value.pixels())
  if (value instanceof Frame) return value.live ? pictureText(value, value.bytes) : 'a frame that was given back'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'bigint') return `${String(value)}n`
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return numbersText(value as unknown as Numbers)
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, inner]) => `${name}: ${valueText(inner)}`)
    return `{ ${fields.join(', ')} }`
  }
  return String(value)
}

type Numbers = ArrayLike<number> & { readonly constructor: { readonly name: string } }

function numbersText(numbers: Numbers): string {
  const all = Array.from(numbers)
  const shown = all.length <= shownNumbers ? all.map(valueText).join(', ') : `${String(all.length)} #${checksum(all)}`
  return `${numbers.constructor.name}[${shown}]`
}

function pictureText({ format, widthPx, heightPx, geometry }: Frame | Picture, bytes: Uint8Array): string {
  const { sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx, offsetYPx } = geometry
  const lies = [sourceWidthPx, sourceHeightPx, scaleX, scaleY, offsetXPx, offsetYPx].join(' ')
  return `${format} ${String(widthPx)}x${String(heightPx)} (${lies}) #${checksum(bytes)}`
}

/** FNV-1a over the bits of doubles, as eight hexadecimal digits. */
export function checksum(numbers: ArrayLike<number>): string {
  let sum = 0x811c9dc5
  if (numbers instanceof Uint8Array) {
    for (const byte of numbers) sum = Math.imul(sum ^ byte, 0x01000193)
  } else {
    for (const half of new Uint32Array(Float64Array.from(numbers).buffer)) sum = Math.imul(sum ^ half, 0x01000193)
  }
  return (sum >>> 0).toString(16).padStart(8, '0')
}
