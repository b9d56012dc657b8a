import { allFinite } from '../data/matrix.js'
import { PsilonError } from '../errors.js'
import type { Floats } from '../native.js'

/** Results are numbers, or the call fails: what overflows on the way is ERR_NON_FINITE. */

const cause = 'a number on the way overflowed'

/** Outputs [rows, columns], as they are. @throws PsilonError ERR_NON_FINITE for NaN and infinity. */
export function finiteOutputs<T extends Floats>(operation: string, outputs: T, columns: number): T {
  if (allFinite(outputs)) return outputs
  const at = outputs.findIndex((value) => !Number.isFinite(value))
  const place = `output ${at % columns} of row ${Math.floor(at / columns)}`
  throw new PsilonError('ERR_NON_FINITE', `[${operation}] ${place} is not finite but ${outputs[at]}; ${cause}`)
}

/** Radii, bounds: as they are. @param name of one of them. @throws PsilonError ERR_NON_FINITE for NaN. */
export function refuseNaN(operation: string, values: Float64Array, name: string): Float64Array {
  const at = values.findIndex(Number.isNaN)
  if (at < 0) return values
  throw new PsilonError('ERR_NON_FINITE', `[${operation}] ${name} ${at} is NaN; ${cause}`)
}
