/**
 * Unpacks LZ4: a block (lz4_Block_format.md), or such blocks behind two integers each, the highest byte first: their bytes when
 * they are unpacked, and packed (as Hadoop frames them). No loop is longer than `size` or the bytes. Throws an Error if they are
 * damaged or hold other than `size` bytes.
 */
export function unpackLz4(bytes: Uint8Array, size: number): Uint8Array {
  const frames = framesOf(bytes)
  if (frames === undefined) return unpackLz4Raw(bytes, size)
  const own = frames.reduce((sum, { unpacked }) => sum + unpacked, 0)
  if (own !== size) throw otherSize(own, size)
  const output = new Uint8Array(size)
  let at = 0
  for (const { block, unpacked } of frames) {
    unpackBlock(block, output.subarray(at, at + unpacked))
    at += unpacked
  }
  return output
}

/** Of a block alone. */
export function unpackLz4Raw(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size)
  unpackBlock(bytes, output)
  return output
}

interface Frame {
  block: Uint8Array
  unpacked: number
}

/** The frames, if the bytes are frames from the first to the last byte. */
function framesOf(bytes: Uint8Array): Frame[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) return undefined
    const [unpacked, packed] = [view.getUint32(at), view.getUint32(at + 4)]
    at += 8
    if (packed === 0 || packed > bytes.length - at) return undefined
    frames.push({ block: bytes.subarray(at, at + packed), unpacked })
    at += packed
  }
  return frames
}

/** A loop copies so many bytes faster than the methods of arrays. */
const shortCopy = 32

/** Matches are at least so long. */
const leastMatch = 4

/** Fills the output: literals and matches in turn, the last literals without a match. */
function unpackBlock(block: Uint8Array, output: Uint8Array): void {
  let [from, to] = [0, 0]
  /** A length whose first four bits are in the token; each byte of 255 has another behind it. */
  const lengthOf = (bits: number): number => {
    let length = bits
    for (let byte = bits === 15 ? 255 : 0; byte === 255; length += byte) byte = next()
    return length
  }
  const next = (): number => {
    if (from < block.length) return block[from++]
    throw new Error('a page ends within its packed bytes')
  }
  while (from < block.length) {
    const token = next()
    const literals = lengthOf(token >> 4)
    if (literals > block.length - from) throw new Error('a page ends within its packed bytes')
    if (literals > output.length - to) throw tooMany(output.length)
    if (literals > shortCopy) output.set(block.subarray(from, from + literals), to)
    else for (let k = 0; k < literals; k++) output[to + k] = block[from + k]
    from += literals
    to += literals
    if (from === block.length) break
    const offset = next() + 256 * next()
    const length = leastMatch + lengthOf(token & 15)
    if (offset === 0 || offset > to) throw new Error('a page repeats bytes that it does not have')
    if (length > output.length - to) throw tooMany(output.length)
    if (offset >= length && length > shortCopy) output.copyWithin(to, to - offset, to - offset + length)
    else for (let k = 0; k < length; k++) output[to + k] = output[to + k - offset] // they may overlap
    to += length
  }
  if (to < output.length) throw otherSize(to, output.length)
}

const otherSize = (own: number, size: number) => new Error(`a page has ${own} bytes unpacked, its header says ${size}`)

const tooMany = (size: number) => new Error(`a page has more bytes unpacked than its header says: ${size}`)
