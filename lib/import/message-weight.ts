import type { DescField, DescMessage } from '@bufbuild/protobuf'
import type { WireType } from '@bufbuild/protobuf/wire'
import { onnxSchema } from '../io/onnx-schema.js'
import type { MemoryGauge } from '../machine/devices.js'

/** Messages in messages in messages. */
export const maxDepth = 100

/**
 * About how many bytes of memory a message takes, with what is made from it; another part of a message; a byte of a text, of
 * a list of integers, of a list of other numbers.
 */
const bytesOf = { message: 1500, part: 200, text: 2, integers: 48, floats: 12 }

/**
 * Adds to the gauge what a message takes as objects, which may be several hundred times its bytes. Goes through the bytes as
 * the library's decoder does later, and stops where they are not those of such a message.
 *
 * @throws Refusal of the gauge, or any other error for other bytes.
 */
export function weighMessage(description: DescMessage, bytes: Uint8Array, gauge: MemoryGauge): void {
  const { BinaryReader, WireType } = onnxSchema().wire
  const reader = new BinaryReader(bytes)
  const weigh = ({ fields }: DescMessage, end: number, depth: number): void => {
    if (depth > maxDepth) throw new RangeError('messages are nested too deep')
    while (reader.pos < end) {
      const [number, type] = reader.tag()
      const field = fields.find((each) => each.number === number)
      gauge.add(field?.message === undefined ? bytesOf.part : bytesOf.message)
      if (field === undefined || type !== WireType.LengthDelimited) {
        if (field !== undefined && type !== wireType(field)) throw new TypeError(`${field} is of another type`)
        reader.skip(type, number)
        continue
      }
      const after = reader.uint32() + reader.pos
      if (field.message !== undefined) weigh(field.message, after, depth + 1)
      else {
        gauge.add(contentBytes(field, bytes.subarray(reader.pos, after)))
        reader.pos = after
      }
    }
  }
  weigh(description, bytes.length, 0)
}

/** How one value of the field is written. */
function wireType({ message, scalar }: DescField): WireType {
  const { protobuf, wire } = onnxSchema()
  const { ScalarType } = protobuf
  if (message !== undefined || scalar === ScalarType.STRING || scalar === ScalarType.BYTES) {
    return wire.WireType.LengthDelimited
  }
  if (scalar === ScalarType.FLOAT) return wire.WireType.Bit32
  return scalar === ScalarType.DOUBLE ? wire.WireType.Bit64 : wire.WireType.Varint
}

/** What a text, bytes or a list of numbers takes. Throws where the last number is cut off. */
function contentBytes(field: DescField, content: Uint8Array): number {
  const { protobuf, wire } = onnxSchema()
  const { Varint, Bit32, LengthDelimited } = wire.WireType
  const { length } = content
  const type = wireType(field)
  if (type === LengthDelimited) return field.scalar === protobuf.ScalarType.STRING ? bytesOf.text * length : 0
  const isCut = type === Varint ? (content.at(-1) ?? 0) > 127 : length % (type === Bit32 ? 4 : 8) > 0
  if (field.fieldKind !== 'list' || isCut) throw new RangeError(`${field} is not a list of numbers`)
  return (type === Varint ? bytesOf.integers : bytesOf.floats) * length
}
