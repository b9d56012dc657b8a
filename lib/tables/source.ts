import { close, constants, createReadStream, fstat, open, read, type Stats } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { promisify, types } from 'node:util'
import { Refusal } from '../errors/refusal.js'
import { fileError, fileName } from '../io/file-error.js'
import { isUrl, pathOf } from '../io/random-access.js'
import { gunzip, Input } from './gunzip.js'

/** Standard input, `-` on the command line. */
export const standardInput: unique symbol = Symbol('standard input')

/** Bytes of a file, as they come. */
export interface ByteStream {
  readonly bytes: AsyncGenerator<Uint8Array>
}

/** Where a table is read from: the path of a file or a pipe, the URL of a file, its bytes, a stream, standard input. */
export type Source = string | URL | Uint8Array | ArrayBuffer | ByteStream | typeof standardInput

const isBytes = (value: unknown): value is Uint8Array | ArrayBuffer =>
  types.isUint8Array(value) || types.isAnyArrayBuffer(value)

export const isSource = (value: unknown): value is Exclude<Source, ByteStream> =>
  typeof value === 'string' || value === standardInput || isUrl(value) || isBytes(value)

/** Name of a source in messages that give its whole path. */
export function sourceName(source: Source): string {
  if (typeof source === 'string') return source
  if (isUrl(source)) return source.href
  if (source === standardInput) return 'standard input'
  return isBytes(source) ? 'the file in memory' : 'the stream'
}

/** An opened source. */
export interface Opened {
  /** In messages. */
  name: string
  /** Unpacked if they are those of a gzip file. */
  bytes: AsyncGenerator<Uint8Array>
  /** Of a regular file. */
  path?: string
}

/**
 * Opens the bytes of a table's file.
 *
 * @throws Refusal ERR_FILE if it cannot be opened, ERR_OPTION for the URL of something other than a file. What the bytes
 * throw besides refusals is an error of reading.
 */
export async function openSource(source: Source): Promise<Opened> {
  const name = sourceName(source)
  if (source === standardInput) return { name, bytes: unpacked(process.stdin, name, () => process.stdin.destroy()) }
  if (isBytes(source)) return { name, bytes: unpacked(inPieces(source), name) }
  if (typeof source === 'object' && !isUrl(source)) {
    const { bytes } = source
    return { name, bytes: unpacked(bytes, name, () => void bytes.return(undefined).catch(() => {})) }
  }
  return await openPath(typeof source === 'string' ? source : pathOf(source))
}

async function openPath(path: string): Promise<Opened> {
  const name = fileName(path)
  try {
    const { stream, isFile } = await openFile(path)
    return { name, bytes: unpacked(stream, name, () => stream.destroy()), ...(isFile && { path }) }
  } catch (cause) {
    throw fileError('read', path, cause)
  }
}

const pieceSize = 65_536

/** A copy, made now: others may change the given bytes meanwhile. */
function inPieces(source: Uint8Array | ArrayBuffer): AsyncGenerator<Uint8Array> {
  const all = Uint8Array.from(types.isUint8Array(source) ? source : new Uint8Array(source))
  async function* pieces() {
    for (let at = 0; at < all.length; at += pieceSize) yield all.subarray(at, at + pieceSize)
  }
  return pieces()
}

/** How often, and how many milliseconds apart, a pipe without a writer is checked. */
const pipeLooks = { most: 50, apart: 100 }

/** Opens without blocking: a pipe that never gets a writer would block forever. */
async function openFile(path: string): Promise<{ stream: Readable; isFile: boolean }> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stat: Stats = await promisify(fstat)(fd)
  if (!stat.isFIFO()) return { stream: createReadStream(path, { fd }), isFile: stat.isFile() }
  try {
    for (let look = 0; look < pipeLooks.most; look++) {
      const first = await readNow(fd)
      if (first === null || first.length > 0) {
        const pipe = new Socket({ fd, readable: true, writable: false })
        if (first !== null) pipe.unshift(first)
        return { stream: pipe, isFile: false }
      }
      await setTimeout(pipeLooks.apart)
    }
    throw new Refusal('ERR_FILE', `cannot read ${path}: nothing writes to this pipe`)
  } catch (cause) {
    await promisify(close)(fd)
    throw cause
  }
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

async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  name: string,
  close: () => void = () => {},
): AsyncGenerator<Uint8Array> {
  const input = new Input(source)
  try {
    if (await input.beginsWith(0x1f, 0x8b)) yield* unzipped(input, name)
    else if (!/\.gz$/i.test(name)) yield* input.rest()
    else throw new Refusal('ERR_FILE', `${name} is named .gz, but it is not a gzip file`)
  } finally {
    close()
  }
}

/** No large table compresses so well: such a file is made to fill the memory. */
const maxUnpacked = { times: 200, bytes: 2 ** 28 }

async function* unzipped(input: Input, name: string): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const bytes of gunzip(input)) {
      size += bytes.length
      if (size > maxUnpacked.bytes && size > maxUnpacked.times * input.size) {
        const found = `unpacks to more than ${maxUnpacked.times} times its size, which no table does`
        throw new Refusal('ERR_DATA', `${name} ${found}`)
      }
      yield bytes
    }
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('ERR_FILE', `${name} is not a whole gzip file: ${(cause as Error).message}`, { cause })
  }
}
