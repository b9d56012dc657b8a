import type { ByteReader } from './reader.js'

/**
 * Reads `count` unsigned integers of `width` bits from runs: either one value repeated, or groups of eight values whose
 * bits are packed, the lowest first. Packed runs may be padded. Throws an Error if another run has more values than are
 * left, or the bytes of a run are not there.
 */
export function readRuns(reader: ByteReader, width: number, count: number): Uint32Array {
  if (width > 32) throw new Error(`integers of ${width} bits`)
  const values = new Uint32Array(count)
  for (let done = 0; done < count; ) {
    const head = reader.varint()
    const packed = head % 2 === 1
    const size = packed ? 8 * Math.floor(head / 2) : head / 2
    const left = count - done
    const kept = Math.min(size, left)
    if (packed) {
      const [needed, padded] = [Math.ceil((kept * width) / 8), (size * width) / 8]
      const short = size < left + 8 // the padding of the last group may be missing
      const bytes = reader.take(short ? Math.max(needed, Math.min(padded, reader.left)) : padded)
      for (let k = 0; k < kept; k++) values[done + k] = bitsAt(bytes, k * width, width)
    } else {
      if (size > left) throw new Error(`a run of ${size} values, where ${left} are left`)
      const bytes = reader.take(Math.ceil(width / 8))
      const value = bitsAt(bytes, 0, 8 * bytes.length)
      if (value >= 2 ** width) throw new Error(`the value ${value} in ${width} bits`)
      values.fill(value, done, done + kept)
    }
    done += kept
  }
  return values
}

/** An unsigned integer of `width` bits, at most 32, that begins at a bit. Bytes must hold it. */
export function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const first = Math.floor(bit / 8)
  const shift = bit % 8
  let value = 0
  for (let k = 0; 8 * k < shift + width; k++) value += bytes[first + k] * 2 ** (8 * k)
  return Math.floor(value / 2 ** shift) % 2 ** width
}
