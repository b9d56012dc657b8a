import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { within } from '../../errors/refusal.js'
import { checkMemory } from '../../machine/devices.js'

/** Bytes that are read piece by piece, as hyparquet takes them. */
export interface ParquetBytes {
  readonly byteLength: number
  /** From `start` up to but not including `end`; by default to the end. */
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

/** The bytes of a regular file. */
export async function openForParquet(path: string): Promise<ParquetBytes & { close(): Promise<void> }> {
  const file = await open(path, constants.O_RDONLY)
  const { size: byteLength } = await file.stat()
  return {
    byteLength,
    async slice(start, end = byteLength) {
      checkRange(start, end, byteLength)
      const bytes = new Uint8Array(end - start)
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, done, Math.min(bytes.length - done, 2 ** 28), start + done)
        if (bytesRead === 0) throw new Error('the file became shorter while it was read')
        done += bytesRead
      }
      return bytes.buffer
    },
    close: () => file.close(),
  }
}

/** The bytes of a stream, all of them. @throws Refusal ERR_MEMORY if half of the memory does not hold them. */
export async function bytesInMemory(name: string, stream: AsyncIterable<Uint8Array>): Promise<ParquetBytes> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    pieces.push(piece)
    size += piece.length
    within(name, () => checkMemory(2 * size))
  }
  const all = Buffer.concat(pieces)
  return {
    byteLength: size,
    async slice(start, end = size) {
      checkRange(start, end, size)
      return Uint8Array.from(all.subarray(start, end)).buffer
    },
  }
}

function checkRange(start: number, end: number, size: number): void {
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= size) return
  throw new Error(`bytes ${start} to ${end} are not within the file`)
}
