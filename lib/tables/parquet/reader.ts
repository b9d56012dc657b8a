/** Reads bytes in their order. Beyond the end it throws a RangeError, so that no loop over bytes runs without end. */
export class ByteReader {
  readonly bytes: Uint8Array
  /** Where the next byte is. */
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** The next bytes, not copied. */
  take(count: number): Uint8Array {
    if (!(count >= 0 && count <= this.left)) throw new RangeError('beyond the end')
    this.at += count
    return this.bytes.subarray(this.at - count, this.at)
  }

  byte(): number {
    if (this.left < 1) throw new RangeError('beyond the end')
    return this.bytes[this.at++]
  }

  /** Four bytes, the lowest first. */
  uint32(): number {
    const [a, b, c, d] = this.take(4)
    return a + 256 * (b + 256 * (c + 256 * d))
  }

  /** An unsigned integer of up to 64 bits, seven in each byte, the lowest first; above 2^53 rounded. */
  varint(): number {
    let value = 0
    for (let place = 1; ; place *= 128) {
      const byte = this.byte()
      value += (byte & 127) * place
      if (byte < 128) return value
      if (place >= 2 ** 63) throw new RangeError('an integer without end')
    }
  }

  /** A signed integer of 64 bits: 0, -1, 1, -2 and so on are written as the varints 0, 1, 2, 3. */
  zigzag64(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asIntN(64, value % 2n === 0n ? value / 2n : -(value + 1n) / 2n)
      if (shift >= 63n) throw new RangeError('an integer without end')
    }
  }
}
