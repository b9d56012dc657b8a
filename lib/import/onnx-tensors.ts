import { show } from '../checks.js'
import type { Floats } from '../core/native.js'
import { odd } from '../io/json-reader.js'
import { onnxSchema, type TensorProto } from '../io/onnx-schema.js'
import type { RandomAccess } from '../io/random-access.js'
import type { Dtype } from '../words.js'

/** A constant of a graph. Its numbers are read when they are needed. */
export interface Constant {
  name: string
  /** Of its elements, as the schema calls it: `FLOAT`. */
  type: string
  shape: readonly number[]
  tensor: TensorProto
}

/** How elements become numbers: from bytes, little-endian, or from the list that the schema has for them. */
interface Format<Numbers> {
  bytes: number
  ofBytes(buffer: ArrayBufferLike): Numbers
  list: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data'
  ofList(list: readonly number[]): Numbers
}

/** Numbers of a shape, at most. */
const few = 16

/** Each with the dtype that holds its numbers exactly. */
const floatFormats: Readonly<Record<string, Format<Floats> & { dtype: Dtype }>> = {
  FLOAT: {
    ...{ bytes: 4, dtype: 'float32', list: 'floatData' },
    ofBytes: (buffer) => new Float32Array(buffer),
    ofList: (list) => Float32Array.from(list),
  },
  DOUBLE: {
    ...{ bytes: 8, dtype: 'float64', list: 'doubleData' },
    ofBytes: (buffer) => new Float64Array(buffer),
    ofList: (list) => Float64Array.from(list),
  },
  FLOAT16: ofSixteenBits(float16),
  BFLOAT16: ofSixteenBits(bfloat16),
}

const integerFormats: Readonly<Record<string, Format<readonly number[]>>> = {
  INT64: {
    ...{ bytes: 8, list: 'int64Data' },
    ofBytes: (buffer) => Array.from(new BigInt64Array(buffer), Number),
    ofList: (list) => list,
  },
  BOOL: {
    ...{ bytes: 1, list: 'int32Data' },
    ofBytes: (buffer) => Array.from(new Uint8Array(buffer)),
    ofList: (list) => list,
  },
}

function ofSixteenBits(numberOf: (bits: number) => number): Format<Floats> & { dtype: Dtype } {
  return {
    ...{ bytes: 2, dtype: 'float32', list: 'int32Data' },
    ofBytes: (buffer) => Float32Array.from(new Uint16Array(buffer), numberOf),
    ofList: (list) => Float32Array.from(list, (bits) => numberOf(bits & 0xffff)),
  }
}

/** A bit of sign, 5 of exponent e, 10 of fraction f: (1 + f / 2^10) 2^(e - 15), or f / 2^24 if e is 0. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction / 2 ** 24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]
}

/** @throws Refusal ERR_MODEL_FILE for a shape that no tensor can have. */
export function constantOf(name: string, tensor: TensorProto): Constant {
  const shape = tensor.dims.map(Number)
  const type = String(onnxSchema().schema.TensorProto_DataType[tensor.dataType] ?? tensor.dataType)
  const constant = { name, type, shape, tensor }
  if (shape.every((length) => Number.isSafeInteger(length) && length >= 0) && Number.isSafeInteger(sizeOf(constant))) {
    return constant
  }
  return odd(`${described(constant)}, which no tensor has`)
}

export const dtypeOf = ({ type }: Constant): Dtype | undefined => floatFormats[type]?.dtype

/** The numbers of a shape, or of another small constant; undefined if they are many, or in another file. */
export function fewNumbersOf(constant: Constant): number[] | undefined {
  const format: Format<ArrayLike<number>> | undefined = floatFormats[constant.type] ?? integerFormats[constant.type]
  if (format === undefined || isOutside(constant) || sizeOf(constant) > few) return undefined
  return Array.from(numbersWithin(constant, format))
}

/**
 * The numbers of weights or biases.
 *
 * @param file of the model, beside which others may hold its numbers.
 * @throws Refusal ERR_MODEL_FILE if they are not as many as its shape says, or not finite; ERR_FILE.
 */
export async function floatsOf(constant: Constant, file: RandomAccess): Promise<Floats> {
  const format = floatFormats[constant.type]
  const numbers = isOutside(constant)
    ? format.ofBytes(await bytesOutside(constant, sizeOf(constant) * format.bytes, file))
    : numbersWithin(constant, format)
  const at = numbers.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return numbers
  return odd(`the constant ${show(constant.name)} has ${numbers[at]} at ${at}, expected finite numbers`)
}

const sizeOf = ({ shape }: Constant): number => shape.reduce((product, length) => product * length, 1)

const described = ({ name, shape }: Constant) =>
  `the constant ${show(name)} has the shape [${shape.slice(0, 8).join(', ')}]`

const isOutside = ({ tensor }: Constant): boolean =>
  tensor.dataLocation === onnxSchema().schema.TensorProto_DataLocation.EXTERNAL

function numbersWithin<Numbers extends ArrayLike<number>>(constant: Constant, format: Format<Numbers>): Numbers {
  const { tensor } = constant
  const size = sizeOf(constant)
  if (tensor.rawData.length > 0) {
    const { length } = tensor.rawData
    if (length === size * format.bytes) return format.ofBytes(tensor.rawData.slice().buffer)
    return odd(`${described(constant)} and ${length} bytes, expected ${size * format.bytes}`)
  }
  const list = tensor[format.list]
  if (list.length === size) return format.ofList(Array.from(list, Number))
  return odd(`${described(constant)} and ${list.length} numbers, expected ${size}`)
}

/** Bytes of another file, in the folder of the model's. */
async function bytesOutside(constant: Constant, wanted: number, file: RandomAccess): Promise<ArrayBuffer> {
  const entries = new Map(constant.tensor.externalData.map(({ key, value }) => [key, value]))
  const place = `the constant ${show(constant.name)}`
  const count = (key: string, otherwise: number): number => {
    const text = entries.get(key) ?? String(otherwise)
    return /^\d{1,15}$/.test(text) ? Number(text) : odd(`${place} has ${show(text)} as its ${key} in another file`)
  }
  const [offset, length] = [count('offset', 0), count('length', wanted)]
  if (length !== wanted) odd(`${described(constant)} and ${length} bytes in another file, expected ${wanted}`)
  const other = await file.beside(entries.get('location') ?? '')
  try {
    if (offset + wanted > other.size)
      odd(`${place} ends at byte ${offset + wanted} of ${other.name}, which has ${other.size}`)
    const bytes = new Uint8Array(wanted)
    await other.read(bytes, offset)
    if (!(await other.unchanged())) odd(`${other.name} was changed while it was read`)
    return bytes.buffer
  } finally {
    await other.close()
  }
}
