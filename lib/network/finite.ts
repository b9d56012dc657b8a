import type { Floats } from '../core/native.js'
import { allFinite } from '../data/matrix.js'
import { Refusal } from '../errors/refusal.js'
import type { Sparsity } from './results.js'

/** Results are finite numbers, or the call fails with ERR_NON_FINITE. */

const cause = 'a number overflowed during the computation'

/** Outputs [rows, columns], unchanged. */
export function finiteOutputs<T extends Floats>(outputs: T, columns: number): T {
  if (allFinite(outputs)) return outputs
  const at = outputs.findIndex((value) => !Number.isFinite(value))
  const place = `output ${at % columns} of row ${Math.floor(at / columns)}`
  throw new Refusal('ERR_NON_FINITE', `${place} is ${outputs[at]}, expected a finite number; ${cause}`)
}

/** Bounds, unchanged. @param name of one of them. */
export function finiteBounds(values: Float64Array, name: string, isValid = Number.isFinite): Float64Array {
  const at = values.findIndex((value) => !isValid(value))
  if (at < 0) return values
  throw new Refusal('ERR_NON_FINITE', `${name} ${at} is ${values[at]}; ${cause}`)
}

export function finiteFigure(value: number, name: string): number {
  if (Number.isFinite(value)) return value
  throw new Refusal('ERR_NON_FINITE', `${name} is ${value}; ${cause}`)
}

/** Figures of a plain network have no projection. */
export function finiteSparsity(sparsity: Sparsity, normalized: boolean): Sparsity {
  for (const { near, exact, projected } of [sparsity, ...sparsity.layers]) {
    finiteFigure(near, 'the near sparsity')
    finiteFigure(exact, 'the exact sparsity')
    if (normalized) finiteFigure(projected ?? Number.NaN, 'the sparsity of the projection')
  }
  return sparsity
}
