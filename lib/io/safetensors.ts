import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { show } from '../checks.js'
import { PsilonError } from '../errors.js'
import type { Floats } from '../native.js'
import { fileError, fileName } from './file-error.js'
import { type Entry, maxHeaderBytes, parseHeader, type SafetensorsHeader } from './safetensors-header.js'

/** A safetensors file: u64 header length (little-endian), a JSON header padded with blanks, then the numbers. */

export interface SafeTensor {
  dtype: 'F32' | 'F64'
  shape: readonly number[]
  data: Floats
}

/** A file whose header has been read and found sound; its numbers have not been read yet. */
export interface SafetensorsFile {
  header: SafetensorsHeader
  /** Reads all tensors, in the order in which they lie in the file. */
  read(): Promise<Map<string, SafeTensor>>
  close(): Promise<void>
}

const bytesOf = { F32: 4, F64: 8 }
const readStep = 2 ** 28

/** The bytes of a file with these tensors, in this order. The numbers begin at a multiple of 8. */
export function encodeSafetensors(tensors: ReadonlyMap<string, SafeTensor>, metadata: Record<string, string>): Buffer {
  requireLittleEndian('save')
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
    throw new PsilonError(
      'ERR_FILE',
      `[save] the header has ${length} bytes, at most ${maxHeaderBytes} can be read again`,
    )
  }
  const file = allocate(8 + length + end, (bytes) => Buffer.alloc(bytes, ' '), 'save')
  file.writeBigUInt64LE(BigInt(length), 0)
  file.write(text, 8)
  let at = 8 + length
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
}

/**
 * Opens a file and reads its header. Nothing is allocated for the numbers, so the caller can first compare names and
 * shapes with what it expects. The caller closes the file.
 *
 * @throws PsilonError ERR_FILE where the file cannot be read, ERR_MODEL_FILE where it is not sound.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  requireLittleEndian('load')
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw fileError('load', 'read', path, cause)
  }
  try {
    const { header, dataAt } = await readHeader(file, path)
    return {
      header,
      read: () => readTensors(file, header, dataAt, path),
      close: () => file.close(),
    }
  } catch (cause) {
    await file.close()
    throw fileError('load', 'read', path, cause)
  }
}

async function readHeader(file: FileHandle, path: string) {
  const fail = (what: string) => new PsilonError('ERR_MODEL_FILE', `[load] ${fileName(path)} ${what}`)
  const stat = await file.stat()
  if (!stat.isFile()) throw new PsilonError('ERR_FILE', `[load] ${path} is not a regular file`)
  if (stat.size < 8) throw fail(`has ${stat.size} bytes, too few for a model file`)
  const start = Buffer.alloc(8)
  await readFully(file, start, 0, fail)
  const length = start.readBigUInt64LE()
  if (length > BigInt(stat.size - 8)) {
    throw fail(`is truncated or no model file: its header should have ${length} bytes, the file has ${stat.size}`)
  }
  if (length > BigInt(maxHeaderBytes)) {
    throw fail(`has a header of ${length} bytes, at most ${maxHeaderBytes} are allowed`)
  }
  const bytes = Buffer.alloc(Number(length))
  await readFully(file, bytes, 8, fail)
  const dataAt = 8 + bytes.length
  return { header: parseHeader(bytes, stat.size - dataAt, fail), dataAt }
}

async function readTensors(file: FileHandle, header: SafetensorsHeader, dataAt: number, path: string) {
  const fail = (what: string) => new PsilonError('ERR_MODEL_FILE', `[load] ${fileName(path)} ${what}`)
  const tensors = new Map<string, SafeTensor>()
  for (const [name, entry] of header.tensors) {
    const data = allocateFloats(entry)
    try {
      await readFully(file, new Uint8Array(data.buffer), dataAt + entry.begin, fail)
    } catch (cause) {
      throw fileError('load', 'read', path, cause)
    }
    if (!data.every(Number.isFinite)) throw fail(`holds NaN or infinity in tensor "${name}"`)
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, data })
  }
  return tensors
}

async function readFully(file: FileHandle, bytes: Uint8Array, position: number, fail: (what: string) => PsilonError) {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(readStep, bytes.length - done)
    const { bytesRead } = await file.read(bytes, done, length, position + done)
    if (bytesRead === 0) throw fail('became shorter while it was read')
    done += bytesRead
  }
}

function allocateFloats({ dtype, begin, end }: Entry): Floats {
  const make = (bytes: number) => (dtype === 'F32' ? new Float32Array(bytes / 4) : new Float64Array(bytes / 8))
  return allocate(end - begin, make, 'load')
}

function allocate<T>(bytes: number, make: (bytes: number) => T, operation: string): T {
  try {
    return make(bytes)
  } catch (cause) {
    const message = `[${operation}] ${bytes} bytes could not be allocated`
    throw new PsilonError('ERR_MEMORY', message, { cause, details: { needed: bytes } })
  }
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  if (name === '__metadata__' || name === '__proto__') {
    throw new PsilonError('ERR_FILE', `[save] "${name}" cannot be the name of a tensor`)
  }
  const size = shape.reduce((product, length) => product * length, 1)
  if (size === data.length && data.BYTES_PER_ELEMENT === bytesOf[dtype]) return
  const found = `tensor "${name}" has ${data.length} values (${show(data)})`
  throw new PsilonError('ERR_SHAPE', `[save] ${found}, expected ${dtype} of shape [${shape.join(', ')}]`)
}

function requireLittleEndian(operation: string): void {
  if (endianness() === 'LE') return
  throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] model files need a little-endian machine, this one is not`)
}
