import type { ByteReader } from './reader.js'
import { bitsAt } from './runs.js'

/**
 * Reads `count` integers of 64 bits that are stored as differences (DELTA_BINARY_PACKED), in blocks of `block` values that
 * have equal parts; each part has a width of its own. Throws an Error if it holds another count.
 */
export function readDeltas(reader: ByteReader, count: number): BigInt64Array {
  const [block, parts, total] = [reader.varint(), reader.varint(), reader.varint()]
  const size = block / parts
  if (!(block > 0 && size > 0 && size % 8 === 0)) throw new Error(`blocks of ${block} values in ${parts} parts`)
  if (total !== count) throw new Error(`${total} values, where ${count} are expected`)
  const values = new BigInt64Array(count)
  let value = reader.zigzag64()
  if (count > 0) values[0] = value
  for (let done = 1; done < count; ) {
    const least = reader.zigzag64()
    for (const width of reader.take(parts)) {
      const kept = Math.min(size, count - done)
      if (kept === 0) break // widths of parts without values may be anything
      const bits = partOf(reader, { size, width, kept })
      for (let k = 0; k < kept; k++) {
        value = BigInt.asIntN(64, value + least + longAt(bits, k * width, width))
        values[done++] = value
      }
    }
  }
  return values
}

function partOf(reader: ByteReader, { size, width, kept }: { size: number; width: number; kept: number }): Uint8Array {
  if (width > 64) throw new Error(`differences of ${width} bits`)
  const needed = Math.ceil((kept * width) / 8) // the padding of the last part may be missing
  return reader.take(Math.max(needed, Math.min((size * width) / 8, reader.left)))
}

function longAt(bytes: Uint8Array, bit: number, width: number): bigint {
  if (width <= 32) return BigInt(bitsAt(bytes, bit, width))
  return (BigInt(bitsAt(bytes, bit + 32, width - 32)) << 32n) | BigInt(bitsAt(bytes, bit, 32))
}

/** Byte arrays behind their lengths (DELTA_LENGTH_BYTE_ARRAY). */
export function readAfterLengths(reader: ByteReader, count: number): Uint8Array[] {
  return Array.from(readDeltas(reader, count), (length) => reader.take(Number(length)))
}

/**
 * Byte arrays that repeat the beginning of the one before (DELTA_BYTE_ARRAY). @param reserve takes the bytes that the
 * arrays will need together, which can be far more than those of the page, and throws if there are not as many.
 */
export function readPrefixed(reader: ByteReader, count: number, reserve: (bytes: number) => void): Uint8Array[] {
  const prefixes = readDeltas(reader, count)
  const ends = readAfterLengths(reader, count)
  reserve(ends.reduce((sum, end, k) => sum + Number(prefixes[k]) + end.length, 0))
  let last = new Uint8Array()
  return ends.map((end, k) => {
    const length = Number(prefixes[k])
    if (length < 0 || length > last.length) throw new Error(`${length} bytes of a text that has ${last.length}`)
    const value = new Uint8Array(length + end.length)
    value.set(last.subarray(0, length))
    value.set(end, length)
    last = value
    return value
  })
}
