import { setImmediate } from 'node:timers/promises'
import { native } from '#psilon/native.js'
import { clearMemory } from './timing.mjs'

/** Most bytes that the core held at once while `work` ran, above what it held before. */
export async function peakBytes(work) {
  clearMemory()
  await setImmediate() // what was cleared away is freed by then
  const before = native.memoryUsed().current
  native.resetMemoryPeak()
  await work()
  return native.memoryUsed().peak - before
}
