import { isUtf8 } from 'node:buffer'
import { endianness } from 'node:os'
import { isObject, show } from '../checks.js'
import type { Floats } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { contentKind } from './content-kind.js'
import { parseJson } from './json.js'
import { type FileOrBytes, openBytes, type RandomAccess } from './random-access.js'

/** A safetensors file: u64 header length (little-endian), a JSON header padded with blanks, then the numbers. */

export interface SafeTensor {
  dtype: 'F32' | 'F64'
  shape: readonly number[]
  data: Floats
}

/** One tensor of a file; its bytes are [begin, end), counted from the end of the header. */
interface Entry {
  dtype: 'F32' | 'F64'
  shape: readonly number[]
  begin: number
  end: number
}

export interface SafetensorsHeader {
  /** In the order in which they lie in the file. */
  tensors: ReadonlyMap<string, Entry>
  metadata: ReadonlyMap<string, string>
}

type Fail = (what: string) => Refusal

/** Throws if the metadata is not that of a readable file. */
export type CheckMetadata = (metadata: ReadonlyMap<string, string>, fail: Fail) => void

const bytesOf = { F32: 4, F64: 8 }
const maxHeaderBytes = 16 * 1024 * 1024
/** Bytes at the beginning that identify other kinds of files. */
const sniffed = 256
const openingBrace = 0x7b

/**
 * The bytes of a file with these tensors, in this order, in pieces: the header, then the numbers, uncopied, which begin
 * at a multiple of 8.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Record<string, string>,
): Uint8Array[] {
  requireLittleEndian()
  const header: [string, unknown][] = [['__metadata__', metadata]]
  const numbers: Uint8Array[] = []
  let end = 0
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor)
    const { dtype, shape, data } = tensor
    const begin = end
    end += data.byteLength
    header.push([name, { dtype, shape, data_offsets: [begin, end] }])
    numbers.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  const text = JSON.stringify(Object.fromEntries(header))
  const length = Math.ceil(Buffer.byteLength(text) / 8) * 8
  if (length > maxHeaderBytes) {
    throw new Refusal('ERR_FILE', `the header has ${length} bytes, at most ${maxHeaderBytes} can be read again`)
  }
  const start = Buffer.alloc(8 + length, ' ')
  start.writeBigUInt64LE(BigInt(length), 0)
  start.write(text, 8)
  return [start, ...numbers]
}

/**
 * Opens a file, or its bytes, and reads its header. Nothing is allocated for the numbers, so the caller can first compare
 * names and shapes with what it expects. The caller closes the file, and checks whether the numbers are finite.
 *
 * @throws Refusal ERR_FILE if the file cannot be read, ERR_OPTION for something other than a file or bytes,
 * ERR_MODEL_FILE if it is not valid.
 */
export async function openSafetensors(source: FileOrBytes, checkMetadata?: CheckMetadata) {
  const file = await openBytes(source)
  try {
    return { name: file.name, ...(await safetensorsIn(file, checkMetadata)), close: () => file.close() }
  } catch (cause) {
    await file.close()
    throw cause
  }
}

/** The header of an open file, and how its numbers are read; throws as `openSafetensors`. */
export async function safetensorsIn(file: RandomAccess, checkMetadata: CheckMetadata = () => {}) {
  requireLittleEndian()
  const { name, size } = file
  const fail: Fail = (what) => new Refusal('ERR_MODEL_FILE', `${name} ${what}`)
  const start = await readHeader(file, fail)
  const dataAt = 8 + start.length
  const header = parseHeader(start, size - dataAt, fail, checkMetadata)
  const read = async () => {
    const tensors = new Map<string, SafeTensor>()
    for (const [name, { dtype, shape, begin, end }] of header.tensors) {
      const data = allocateFloats(dtype, end - begin)
      await file.read(new Uint8Array(data.buffer), dataAt + begin)
      tensors.set(name, { dtype, shape, data })
    }
    if (!(await file.unchanged())) throw fail('was changed while it was read')
    return tensors
  }
  return { header, read }
}

/** Whether a file that begins so is to be read as safetensors: a length below 4 GiB, then an object; or hardly anything. */
export const beginsAsSafetensors = (start: Buffer): boolean =>
  start.length < 8 || (start.readUInt32LE(4) === 0 && start[8] === openingBrace)

async function readHeader(file: RandomAccess, fail: Fail): Promise<Buffer> {
  const { size } = file
  if (size < 8) throw fail(`has ${size} bytes, too few for a model file`)
  const start = Buffer.alloc(Math.min(size, sniffed))
  await file.read(start, 0)
  const length = start.readBigUInt64LE()
  if (length <= BigInt(Math.min(size - 8, maxHeaderBytes))) {
    const header = Buffer.alloc(Number(length))
    await file.read(header, 8)
    return header
  }
  const kind = contentKind(start)
  if (kind !== undefined) throw fail(`is ${kind}, expected a model, which is a safetensors file that psilon wrote`)
  if (start[8] !== openingBrace) throw fail('is not a model file, expected a safetensors file that psilon wrote')
  if (length > BigInt(maxHeaderBytes)) {
    throw fail(`has a header of ${length} bytes, at most ${maxHeaderBytes} are allowed`)
  }
  throw fail(`is truncated: its header has ${length} bytes, the file has ${size}`)
}

/** Checks that the header describes exactly `dataBytes` bytes: in order, without gaps, overlaps or a remainder. */
function parseHeader(bytes: Buffer, dataBytes: number, fail: Fail, checkMetadata: CheckMetadata): SafetensorsHeader {
  if (bytes[0] !== openingBrace) throw fail('has a header that does not begin with "{"')
  if (!isUtf8(bytes)) throw fail('has a header that is not in UTF-8')
  const header = parseJson(bytes.toString(), (reason) => fail(`has a header that ${reason}`))
  if (!isObject(header) || Object.hasOwn(header, '__proto__')) {
    throw fail('has a header that is not an object of tensors')
  }
  const { __metadata__: given = {}, ...entries } = header
  if (!isObject(given) || Object.values(given).some((value) => typeof value !== 'string')) {
    throw fail('has metadata that is not an object of texts')
  }
  const metadata = new Map(Object.entries(given as Record<string, string>))
  checkMetadata(metadata, fail)
  const tensors = Object.entries(entries).map(([name, value]) => [name, readEntry(name, value, fail)] as const)
  tensors.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const [name, { begin, end }] of tensors) {
    if (begin !== at) throw fail(`has tensor ${show(name)} at byte ${begin} of the data, expected it at ${at}`)
    at = end
  }
  if (at !== dataBytes) throw fail(`has ${dataBytes} bytes of data, its header describes ${at}`)
  return { tensors: new Map(tensors), metadata }
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const tensor = `tensor ${show(name)}`
  if (!isObject(value)) throw fail(`has ${tensor} without a description`)
  const { dtype, shape, data_offsets: offsets, ...others } = value
  if (dtype !== 'F32' && dtype !== 'F64') {
    throw fail(`has ${tensor} of dtype ${show(dtype)}, expected "F32" or "F64"`)
  }
  if (!isSizes(shape)) throw fail(`has ${tensor} with a shape that is not a list of sizes`)
  if (!isSizes(offsets) || offsets.length !== 2) throw fail(`has ${tensor} without its two data offsets`)
  if (Object.keys(others).length > 0) throw fail(`has ${tensor} with an unknown entry ${show(Object.keys(others)[0])}`)
  const [begin, end] = offsets
  const size = shape.reduce((product, length) => product * length, bytesOf[dtype])
  if (!Number.isSafeInteger(size) || end - begin !== size) {
    throw fail(`has ${tensor} of shape [${shape.slice(0, 8).join(', ')}] in ${end - begin} bytes, expected ${size}`)
  }
  return { dtype, shape, begin, end }
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0)

function allocateFloats(dtype: Entry['dtype'], needed: number): Floats {
  try {
    return new (dtype === 'F32' ? Float32Array : Float64Array)(needed / bytesOf[dtype])
  } catch (cause) {
    throw new Refusal('ERR_MEMORY', `${needed} bytes could not be allocated`, { cause, details: { needed } })
  }
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  if (name === '__metadata__' || name === '__proto__') {
    throw new Refusal('ERR_FILE', `"${name}" cannot be the name of a tensor`)
  }
  const size = shape.reduce((product, length) => product * length, 1)
  if (size === data.length && data.BYTES_PER_ELEMENT === bytesOf[dtype]) return
  const found = `tensor "${name}" has ${data.length} values (${show(data)})`
  throw new Refusal('ERR_SHAPE', `${found}, expected ${dtype} of shape [${shape.join(', ')}]`)
}

function requireLittleEndian(): void {
  if (endianness() === 'LE') return
  throw new Refusal('ERR_UNSUPPORTED', 'model files need a little-endian machine, this one is not')
}
