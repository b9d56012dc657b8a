import { close, constants, createReadStream, fstat, open, read, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isObject, show } from '../checks.js'
import { Refusal } from '../errors/refusal.js'
import { fileError, fileName } from '../io/file-error.js'
import { gunzip } from './gunzip.js'

/** Standard input, `-` on the command line. */
export const standardInput: unique symbol = Symbol('standard input')

/** Where a table is read from: the path of a file or a pipe, the URL of a file, or standard input. */
export type Source = string | URL | typeof standardInput

export const isSource = (value: unknown): value is Source =>
  typeof value === 'string' || value === standardInput || isUrl(value)

function isUrl(value: unknown): value is URL {
  try {
    return isObject(value) && typeof value.href === 'string' && typeof value.protocol === 'string'
  } catch {
    return false
  }
}

/** Name of a source in messages that give its whole path. */
export function sourceName(source: Source): string {
  if (source === standardInput) return 'standard input'
  return typeof source === 'string' ? source : source.href
}

/** The bytes of a table's file, unpacked if it is a gzip file, and its name in messages. */
export interface Bytes {
  name: string
  /** Throws refusals unchanged; any other error while reading is ERR_FILE. */
  bytes: AsyncGenerator<Uint8Array>
}

/** @throws Refusal ERR_FILE if it cannot be opened, ERR_OPTION for the URL of something other than a file. */
export async function openSource(source: Source): Promise<Bytes> {
  if (source === standardInput) return { name: 'standard input', bytes: unpacked(process.stdin, 'standard input') }
  const path = typeof source === 'string' ? source : pathOf(source)
  const name = fileName(path)
  try {
    return { name, bytes: unpacked(await openFile(path), name) }
  } catch (cause) {
    throw fileError('read', path, cause)
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch (cause) {
    throw new Refusal('ERR_OPTION', `${show(url.href)} is not the URL of a file`, { cause })
  }
}

/** How often, and how many milliseconds apart, a pipe without a writer is checked. */
const pipeLooks = { most: 50, apart: 100 }

/** Opens without blocking: a pipe that never gets a writer would block forever. */
async function openFile(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stat: Stats = await promisify(fstat)(fd)
  if (!stat.isFIFO()) return createReadStream(path, { fd })
  try {
    for (let look = 0; look < pipeLooks.most; look++) {
      const first = await readNow(fd)
      if (first === null || first.length > 0) return pipeOf(fd, first)
      await setTimeout(pipeLooks.apart)
    }
  } catch (cause) {
    await promisify(close)(fd)
    throw cause
  }
  await promisify(close)(fd)
  throw new Refusal('ERR_FILE', `cannot read ${path}: nothing writes to this pipe`)
}

function pipeOf(fd: number, first: Uint8Array | null): Readable {
  const pipe = new Socket({ fd, readable: true, writable: false })
  return first === null ? pipe : Readable.from(withFirst(first, pipe), { objectMode: false })
}

/** The current content of a pipe: empty without a writer, null if its writer has not written yet. */
async function readNow(fd: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(65536)
  try {
    const { bytesRead } = await promisify(read)(fd, bytes, 0, bytes.length, null)
    return bytes.subarray(0, bytesRead)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return null
    throw error
  }
}

async function* withFirst(first: Uint8Array, rest: Readable): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

async function* unpacked(source: Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    let first: Uint8Array = new Uint8Array()
    for await (const bytes of source.iterator({ destroyOnReturn: false })) {
      first = Buffer.concat([first, bytes])
      if (first.length >= 2) break
    }
    const all = withFirst(first, source)
    if (first[0] === 0x1f && first[1] === 0x8b) yield* unzipped(all, name)
    else if (/\.gz$/i.test(name)) {
      throw new Refusal('ERR_FILE', `${name} is named .gz, but it is not a gzip file`)
    } else yield* all
  } finally {
    source.destroy()
  }
}

/** No large table compresses so well: such a file is made to fill the memory. */
const maxUnpacked = { times: 200, bytes: 2 ** 28 }

async function* unzipped(source: AsyncIterable<Uint8Array>, name: string) {
  let [packed, unpacked] = [0, 0]
  async function* counted() {
    for await (const bytes of source) {
      packed += bytes.length
      yield bytes
    }
  }
  try {
    for await (const bytes of gunzip(counted())) {
      unpacked += bytes.length
      if (unpacked > maxUnpacked.bytes && unpacked > maxUnpacked.times * packed) break
      yield bytes
    }
  } catch (cause) {
    const reason = (cause as Error).message
    throw new Refusal('ERR_FILE', `${name} is not a whole gzip file: ${reason}`, { cause })
  }
  if (unpacked <= maxUnpacked.bytes || unpacked <= maxUnpacked.times * packed) return
  const found = `unpacks to more than ${maxUnpacked.times} times its size, which no table does`
  throw new Refusal('ERR_DATA', `${name} ${found}`)
}
