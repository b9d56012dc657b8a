import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { show } from '../checks.js'
import type { Floats } from '../core/native.js'
import { Refusal } from '../errors/refusal.js'
import { contentKind } from './content-kind.js'
import { fileError, fileName } from './file-error.js'
import {
  type CheckMetadata,
  type Entry,
  maxHeaderBytes,
  parseHeader,
  type SafetensorsHeader,
} from './safetensors-header.js'

/** A safetensors file: u64 header length (little-endian), a JSON header padded with blanks, then the numbers. */

export interface SafeTensor {
  dtype: 'F32' | 'F64'
  shape: readonly number[]
  data: Floats
}

/** A file whose header has been checked; its numbers have not been read yet. */
export interface SafetensorsFile {
  header: SafetensorsHeader
  /** Reads all tensors, in the order in which they lie in the file. */
  read(): Promise<Map<string, SafeTensor>>
  close(): Promise<void>
}

const bytesOf = { F32: 4, F64: 8 }
const readStep = 2 ** 28
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
  let end = 0
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor)
    const begin = end
    end += tensor.data.byteLength
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }])
  }
  const text = JSON.stringify(Object.fromEntries(header))
  const length = Math.ceil(Buffer.byteLength(text) / 8) * 8
  if (length > maxHeaderBytes) {
    throw new Refusal('ERR_FILE', `the header has ${length} bytes, at most ${maxHeaderBytes} can be read again`)
  }
  const start = Buffer.alloc(8 + length, ' ')
  start.writeBigUInt64LE(BigInt(length), 0)
  start.write(text, 8)
  const numbers = Array.from(
    tensors.values(),
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  )
  return [start, ...numbers]
}

/**
 * Opens a file and reads its header. Nothing is allocated for the numbers, so the caller can first compare names and
 * shapes with what it expects. The caller closes the file, and checks whether the numbers are finite.
 *
 * @throws Refusal ERR_FILE if the file cannot be read, ERR_MODEL_FILE if it is not valid.
 */
export async function openSafetensors(path: string, checkMetadata: CheckMetadata = () => {}): Promise<SafetensorsFile> {
  requireLittleEndian()
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw fileError('read', path, cause)
  }
  try {
    const stat = await file.stat({ bigint: true })
    if (!stat.isFile()) throw new Refusal('ERR_FILE', `${path} is not a regular file`)
    const start = await readHeader(file, Number(stat.size), failIn(path))
    const header = parseHeader(start, Number(stat.size) - 8 - start.length, failIn(path), checkMetadata)
    return {
      header,
      read: () => readTensors({ file, header, stat, path, dataAt: 8 + start.length }),
      close: () => file.close(),
    }
  } catch (cause) {
    await file.close()
    throw fileError('read', path, cause)
  }
}

type Fail = (what: string) => Refusal

const failIn =
  (path: string): Fail =>
  (what) =>
    new Refusal('ERR_MODEL_FILE', `${fileName(path)} ${what}`)

async function readHeader(file: FileHandle, size: number, fail: Fail): Promise<Buffer> {
  if (size < 8) throw fail(`has ${size} bytes, too few for a model file`)
  const start = Buffer.alloc(Math.min(size, sniffed))
  await readFully(file, start, 0, fail)
  const length = start.readBigUInt64LE()
  if (length <= BigInt(Math.min(size - 8, maxHeaderBytes))) {
    const header = Buffer.alloc(Number(length))
    await readFully(file, header, 8, fail)
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

interface Opened {
  file: FileHandle
  header: SafetensorsHeader
  /** State of the file when it was opened. */
  stat: BigIntStats
  path: string
  dataAt: number
}

async function readTensors({ file, header, stat, path, dataAt }: Opened): Promise<Map<string, SafeTensor>> {
  const tensors = new Map<string, SafeTensor>()
  try {
    for (const [name, entry] of header.tensors) {
      const data = allocateFloats(entry)
      await readFully(file, new Uint8Array(data.buffer), dataAt + entry.begin, failIn(path))
      tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data })
    }
    const { size, mtimeNs } = await file.stat({ bigint: true })
    if (size !== stat.size || mtimeNs !== stat.mtimeNs) throw failIn(path)('was changed while it was read')
  } catch (cause) {
    throw fileError('read', path, cause)
  }
  return tensors
}

async function readFully(file: FileHandle, bytes: Uint8Array, position: number, fail: Fail) {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(readStep, bytes.length - done)
    const { bytesRead } = await file.read(bytes, done, length, position + done)
    if (bytesRead === 0) throw fail('became shorter while it was read')
    done += bytesRead
  }
}

function allocateFloats({ dtype, begin, end }: Entry): Floats {
  const make = (bytes: number) => (dtype === 'F32' ? new Float32Array(bytes / 4) : new Float64Array(bytes / 8))
  try {
    return make(end - begin)
  } catch (cause) {
    const message = `${end - begin} bytes could not be allocated`
    throw new Refusal('ERR_MEMORY', message, { cause, details: { needed: end - begin } })
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
