import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const headerBytes = 64

/**
 * Whether a Linux library (ELF, 64 bits, little-endian) is truncated: its section table is at the end, and loading such
 * a file can kill the process with SIGBUS. False for other kinds of files, which the system itself refuses.
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
