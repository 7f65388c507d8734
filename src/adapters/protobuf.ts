import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** A field of a protobuf message as it stands in the bytes. */
export type Field = {
  readonly no: number
  /** What it holds: text, bytes or a message; one integer, or several. */
  readonly bytes: Uint8Array
  /** Where it begins, with its tag, and ends in its message. */
  readonly from: number
  readonly to: number
}

/**
 * The fields of a message in their order, without a schema: a message within is read when it is asked for.
 *
 * @throws Error where the bytes are no message
 */
export function readFields(message: Uint8Array): readonly Field[] {
  const reader = new BinaryReader(message)
  const fields: Field[] = []
  while (reader.pos < reader.len) {
    const from = reader.pos
    const [no, wire] = reader.tag()
    const bytes = wire === WireType.LengthDelimited ? reader.bytes() : reader.skip(wire, no)
    fields.push({ no, bytes, from, to: reader.pos })
  }
  return fields
}

/** The integers of all fields of this number, packed or not. */
export function integersOf(fields: readonly Field[], no: number): readonly number[] {
  return fields.flatMap((field) => {
    const integers: number[] = []
    if (field.no !== no) return integers
    const reader = new BinaryReader(field.bytes)
    while (reader.pos < reader.len) integers.push(Number(reader.int64()))
    return integers
  })
}

/** What the last of this number holds, as it counts where a field is not repeated; nothing where there is none. */
export function bytesOf(fields: readonly Field[], no: number): Uint8Array {
  return fields.findLast((field) => field.no === no)?.bytes ?? nothing
}

export function textOf(fields: readonly Field[], no: number): string {
  return utf8.decode(bytesOf(fields, no))
}

/** A repeated text. */
export function textsOf(fields: readonly Field[], no: number): readonly string[] {
  return fields.filter((field) => field.no === no).map(({ bytes }) => utf8.decode(bytes))
}

/** A message of fields of text or bytes, of integers, and of such as they were read. */
export function writeFields(fields: readonly (Uint8Array | readonly [no: number, value: Written])[]): Uint8Array {
  const parts = fields.flatMap((field) => {
    if (field instanceof Uint8Array) return [field]
    const [no, value] = field
    const writer = new BinaryWriter()
    if (typeof value === 'number') return [writer.tag(no, WireType.Varint).int64(value).finish()]
    if (typeof value === 'string') return [writer.tag(no, WireType.LengthDelimited).string(value).finish()]
    // What is large is copied once, below.
    return [writer.tag(no, WireType.LengthDelimited).uint32(value.length).finish(), value]
  })
  const message = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    message.set(part, at)
    at += part.length
  }
  return message
}

type Written = number | string | Uint8Array
const nothing = new Uint8Array()
const utf8 = new TextDecoder()
