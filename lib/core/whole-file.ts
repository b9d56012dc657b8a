import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const headerBytes = 64

/**
 * Whether a library for Linux (ELF, 64 bits, little-endian) lacks its end, where the table of its sections stands: to
 * load such a file can end the process with SIGBUS. False for files of other kinds, which the system refuses by itself.
 */
export function isCutShort(file: string): boolean {
  const header = Buffer.alloc(headerBytes)
  const descriptor = openSync(file, 'r')
  try {
    if (readSync(descriptor, header) < headerBytes || header.readUInt32BE(0) !== 0x7f454c46) return false
    const table = Number(header.readBigUInt64LE(40)) // e_shoff, then e_shentsize and e_shnum
    return table + header.readUInt16LE(58) * header.readUInt16LE(60) > fstatSync(descriptor).size
  } finally {
    closeSync(descriptor)
  }
}
