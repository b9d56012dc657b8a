import { createHash } from 'node:crypto'
import type { Floats } from '../core/native.js'
import { version } from '../version.js'

/** What must be equal for a run to go on to the same bits. */
export interface RunIdentity {
  /** Version of psilon. */
  version: string
  /** Name and instruction set of the device. */
  device: string
  /** SHA-256 of data and options. */
  digest: string
}

export function runIdentity(device: { name: string; instructionSet: string | null }, digest: string): RunIdentity {
  const { name, instructionSet } = device
  return { version, device: instructionSet === null ? name : `${name}, ${instructionSet}`, digest }
}

/** SHA-256 of JSON and numbers, in this order. */
export function digestOf(facts: unknown, numbers: readonly (Floats | null)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const each of numbers) {
    hash.update(each === null ? 'none' : `${each.constructor.name} ${each.length}`)
    if (each !== null) hash.update(new Uint8Array(each.buffer, each.byteOffset, each.byteLength))
  }
  return hash.digest('hex')
}
