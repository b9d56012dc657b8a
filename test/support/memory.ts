import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { native } from '../addon/native.mjs'

const { constrainedMemory, memoryUsage } = process
const { rss } = memoryUsage

/** Leaves the process so many bytes, whatever it has, as the limit of a control group would. */
export function leave(bytes: number): void {
  process.constrainedMemory = () => bytes
  memoryUsage.rss = () => 0
}

/** There is as much memory as ever. */
export function leaveAll(): void {
  process.constrainedMemory = constrainedMemory
  memoryUsage.rss = rss
}

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Bytes in the core once it has freed what nobody needs. */
export async function held(): Promise<number> {
  let before: number
  do {
    before = native.memoryUsed().current
    for (let k = 0; k < 5; k++) {
      gc()
      await setImmediate()
    }
  } while (native.memoryUsed().current !== before)
  return before
}
