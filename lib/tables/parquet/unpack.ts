import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { unpackLz4, unpackLz4Raw } from './lz4.js'

type Unpack = (bytes: Uint8Array, size: number) => Uint8Array

/** How the bytes of a page are unpacked. Throws an Error if they are not as many as `size`. */
export async function unpackerOf(codec: CompressionCodec): Promise<Unpack> {
  const unpack = await byCodec(codec)
  return (bytes, size) => {
    if (size === 0) return new Uint8Array() // pages without values may have no bytes at all
    const all = unpack(bytes, size)
    agreed(all.length, size)
    return all
  }
}

async function byCodec(codec: CompressionCodec): Promise<Unpack> {
  if (codec === 'UNCOMPRESSED') return (bytes) => bytes
  if (codec === 'GZIP') return (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })
  if (codec === 'BROTLI') return (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })
  if (codec === 'LZ4') return unpackLz4
  if (codec === 'LZ4_RAW') return unpackLz4Raw
  const { compressors, decompressZstd } = await import('hyparquet-compressors')
  if (codec === 'ZSTD')
    return (bytes, size) => decompressZstd(bytes, new Uint8Array(agreed(zstdSize(bytes) ?? size, size)))
  const unpack = compressors[codec]
  if (unpack === undefined) throw new Error(`its codec cannot be read here${codec === undefined ? '' : `: ${codec}`}`)
  return codec === 'SNAPPY' ? (bytes, size) => unpack(bytes, agreed(snappySize(bytes), size)) : unpack
}

/** The size, which the packed bytes and the header of the page must tell alike. */
function agreed(own: number, size: number): number {
  if (own === size) return size
  throw new Error(`a page has ${own} bytes unpacked, its header says ${size}`)
}

/** The size that snappy bytes begin with, seven bits a byte, the lowest first. */
function snappySize(bytes: Uint8Array): number {
  let size = 0
  for (let k = 0; k < Math.min(5, bytes.length); k++) {
    size += (bytes[k] & 127) * 2 ** (7 * k)
    if (bytes[k] < 128) break
  }
  return size
}

/** The size that a frame of zstd tells (RFC 8878, section 3.1.1.1); undefined if it tells none. */
function zstdSize(bytes: Uint8Array): number | undefined {
  const descriptor = bytes[4] ?? 0
  const single = (descriptor & 32) > 0
  const length = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]
  const from = 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]
  if (length === 0 || from + length > bytes.length) return undefined
  const size = bytes.subarray(from, from + length).reduceRight((sum, byte) => 256 * sum + byte, 0)
  return length === 2 ? size + 256 : size
}
