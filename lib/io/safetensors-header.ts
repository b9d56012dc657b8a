import { TextDecoder } from 'node:util'
import { isObject, show } from '../checks.js'
import type { Refusal } from '../errors/refusal.js'
import { parseJson } from './json.js'

/** One tensor of a file; its bytes are [begin, end), counted from the end of the header. */
export interface Entry {
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

export const maxHeaderBytes = 16 * 1024 * 1024

const bytesOf = new Map<unknown, number>([
  ['F32', 4],
  ['F64', 8],
])

type Fail = (what: string) => Refusal

/** Throws if the metadata is not that of a readable file. */
export type CheckMetadata = (metadata: ReadonlyMap<string, string>, fail: Fail) => void

/** Checks that the header describes exactly `dataBytes` bytes: in order, without gaps, overlaps or a remainder. */
export function parseHeader(
  bytes: Buffer,
  dataBytes: number,
  fail: Fail,
  checkMetadata: CheckMetadata,
): SafetensorsHeader {
  const header = parseObject(bytes, fail)
  const metadata = Object.hasOwn(header, '__metadata__') ? readMetadata(header.__metadata__, fail) : new Map()
  checkMetadata(metadata, fail)
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => [name, readEntry(name, value, fail)] as const)
  tensors.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let at = 0
  for (const [name, { begin, end }] of tensors) {
    if (begin !== at) throw fail(`has tensor ${show(name)} at byte ${begin} of the data, expected it at ${at}`)
    at = end
  }
  if (at !== dataBytes) throw fail(`has ${dataBytes} bytes of data, its header describes ${at}`)
  return { tensors: new Map(tensors), metadata }
}

function parseObject(bytes: Buffer, fail: Fail): Record<string, unknown> {
  const header = parseJson(decode(bytes, fail), (reason) => fail(`has a header that ${reason}`))
  if (isObject(header) && !Object.hasOwn(header, '__proto__')) return header
  throw fail('has a header that is not an object of tensors')
}

function decode(bytes: Buffer, fail: Fail): string {
  if (bytes[0] !== 0x7b) throw fail('has a header that does not begin with "{"')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw fail('has a header that is not in UTF-8')
  }
}

function readMetadata(value: unknown, fail: Fail): Map<string, string> {
  const entries = isObject(value) ? Object.entries(value) : undefined
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return new Map(entries)
  throw fail('has metadata that is not an object of texts')
}

function readEntry(name: string, value: unknown, fail: Fail): Entry {
  const tensor = `tensor ${show(name)}`
  if (!isObject(value)) throw fail(`has ${tensor} without a description`)
  const { dtype, shape, data_offsets: offsets, ...others } = value
  const width = bytesOf.get(dtype)
  if (width === undefined) throw fail(`has ${tensor} of dtype ${show(dtype)}, expected "F32" or "F64"`)
  if (!isSizes(shape)) throw fail(`has ${tensor} with a shape that is not a list of sizes`)
  if (!isSizes(offsets) || offsets.length !== 2) throw fail(`has ${tensor} without its two data offsets`)
  if (Object.keys(others).length > 0) throw fail(`has ${tensor} with an unknown entry ${show(Object.keys(others)[0])}`)
  const [begin, end] = offsets
  const size = shape.reduce((product, length) => product * length, width)
  if (!Number.isSafeInteger(size) || end - begin !== size) {
    throw fail(`has ${tensor} of shape [${shape.slice(0, 8).join(', ')}] in ${end - begin} bytes, expected ${size}`)
  }
  return { dtype: dtype as Entry['dtype'], shape, begin, end }
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0)
