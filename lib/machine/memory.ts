import { freemem, totalmem } from 'node:os'

/**
 * The system's figures for memory, in bytes: also the limit of the control group of this process, and what it uses. Each
 * may throw, or be useless, if /proc cannot be read.
 */
export type MemorySystem = Record<'total' | 'free' | 'limit' | 'used', () => number>

/** The memory that macOS calls free leaves out file caches. */
const thisSystem: MemorySystem = {
  total: totalmem,
  free: process.platform === 'darwin' ? totalmem : freemem,
  limit: () => process.constrainedMemory(),
  used: () => process.memoryUsage.rss(),
}

/**
 * Bytes this process can still take, within the limit of its control group; Infinity if unknown. File caches count as
 * available: the kernel frees them when needed, but process.availableMemory() leaves them out.
 */
export function availableMemory(system: MemorySystem = thisSystem): number {
  const [total, free, limit] = [system.total, system.free, system.limit].map((ask) => answer(ask) ?? Infinity)
  const used = answer(system.used) ?? 0
  return Math.max(0, Math.min(free, Math.min(total, limit) - used))
}

/** An impossible size, one not above 0, counts as unknown. */
function answer(ask: () => number): number | undefined {
  try {
    const bytes = ask()
    return bytes > 0 ? bytes : undefined
  } catch {
    return undefined
  }
}
