import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'

type Unpack = (bytes: Uint8Array, size: number) => Uint8Array

/** How the bytes of a page are unpacked. Throws an Error if they are not as many as `size`. */
export async function unpackerOf(codec: CompressionCodec): Promise<Unpack> {
  const unpack = await byCodec(codec)
  return (bytes, size) => {
    if (size === 0) return new Uint8Array() // pages without values may have no bytes at all
    const all = unpack(bytes, size)
    if (all.length !== size) throw new Error(`a page has ${all.length} bytes unpacked, its header says ${size}`)
    return all
  }
}

async function byCodec(codec: CompressionCodec): Promise<Unpack> {
  if (codec === 'UNCOMPRESSED') return (bytes) => bytes
  if (codec === 'GZIP') return (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength })
  if (codec === 'BROTLI') return (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength })
  const { compressors, decompressZstd } = await import('hyparquet-compressors')
  if (codec === 'ZSTD') return (bytes, size) => decompressZstd(bytes, new Uint8Array(size))
  const unpack = compressors[codec]
  if (unpack === undefined) throw new Error(`its codec cannot be read here${codec === undefined ? '' : `: ${codec}`}`)
  return unpack
}
