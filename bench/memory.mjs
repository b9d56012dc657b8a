import { setImmediate } from 'node:timers/promises'
import { native } from '../test/addon/native.mjs'
import { clearMemory } from './timing.mjs'

const resident = () => process.memoryUsage.rss()

/**
 * Most bytes that the core held at once while `work` ran, above what it held before; and the most that were resident of
 * the whole process, looked at every few milliseconds.
 */
export async function peakBytes(work) {
  clearMemory()
  await setImmediate() // what was cleared away is freed by then
  const before = native.memoryUsed().current
  native.resetMemoryPeak()
  let most = resident()
  const look = () => {
    most = Math.max(most, resident())
  }
  const looking = setInterval(look, 5)
  await work()
  look()
  clearInterval(looking)
  return { core: native.memoryUsed().peak - before, process: most }
}
