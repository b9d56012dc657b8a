import { types } from 'node:util'
import { Refusal } from '../errors/refusal.js'
import { MemoryGauge } from '../machine/devices.js'
import { RowColumns } from './row-columns.js'
import type { ByteStream } from './source.js'

/** A stream or an iterator: of the bytes or the text of a file, or of rows. */
export type StreamInput = AsyncIterable<unknown> | { getReader(): unknown }

interface Reader {
  read(): Promise<{ done: boolean; value?: unknown }>
  cancel(): Promise<void>
  releaseLock?(): void
}

export function isStream(value: unknown): value is StreamInput {
  if (typeof value !== 'object' || value === null) return false
  const { [Symbol.asyncIterator]: iterate, getReader } = value as Partial<AsyncIterable<unknown>> & {
    getReader?: unknown
  }
  return typeof iterate === 'function' || typeof getReader === 'function'
}

/**
 * What a stream holds: the bytes of a file, or the columns of rows.
 *
 * @throws Refusal ERR_DATA if it gives nothing or something else, ERR_FILE if it fails, ERR_MEMORY.
 */
export async function contentOfStream(
  input: StreamInput,
): Promise<ByteStream | { columns: Map<string, unknown[]>; rows: number }> {
  const items = itemsOf(input)
  const first = await items.next()
  if (first.done) throw new Refusal('ERR_DATA', 'the stream gives nothing, expected the bytes of a file or rows')
  const whole = joined(first.value, items)
  return isChunk(first.value) ? { bytes: bytesOf(whole) } : await columnsOf(whole)
}

/** The items of a stream; what it throws becomes a refusal. */
async function* itemsOf(input: StreamInput): AsyncGenerator<unknown, void> {
  try {
    if (Symbol.asyncIterator in input) yield* input as AsyncIterable<unknown>
    else yield* read(input.getReader() as Reader)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('ERR_FILE', `cannot read the stream: ${(cause as Error)?.message ?? cause}`, { cause })
  }
}

/** The items of a web stream without an iterator of its own. */
async function* read(reader: Reader): AsyncGenerator<unknown> {
  let ended = false
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
    ended = true
  } finally {
    if (!ended) await reader.cancel()
  }
}

async function* joined(first: unknown, others: AsyncGenerator<unknown>): AsyncGenerator<unknown> {
  yield first
  yield* others
}

const isChunk = (item: unknown): item is Uint8Array | string => typeof item === 'string' || types.isUint8Array(item)

async function* bytesOf(items: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const item of items) {
    if (!isChunk(item)) throw new Refusal('ERR_DATA', 'the stream gives bytes and something else, expected either')
    yield typeof item === 'string' ? Buffer.from(item) : item
  }
}

async function columnsOf(items: AsyncIterable<unknown>): Promise<{ columns: Map<string, unknown[]>; rows: number }> {
  const all = new RowColumns(new MemoryGauge('the table of the stream'))
  for await (const item of items) all.addAll(item)
  return { columns: all.columns(), rows: all.rows }
}
