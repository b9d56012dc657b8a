import type { Floats } from '../../core/native.js'
import { finiteBounds } from '../finite.js'
import { type Asking, core } from './asking.js'
import type { Subject } from './subject.js'

/** Rows of inputs, each of which moves in proportion to the scale. */
export interface ProportionalMoves {
  /** [rows, inputs], in the dtype of the network. */
  x: Floats
  /** [rows, inputs], how far each input moves at scale 1; 0 for one that stays. */
  tolerances: Float64Array
}

/** Scales up to which rows keep their classes, by path norms: of all rows at once. */
export function* globalRadii(
  { mean, bound, inputs }: Subject,
  { x, tolerances }: ProportionalMoves,
): Asking<Float64Array> {
  const { radii } = yield* core('certify', mean, x, x.length / inputs, tolerances, bound)
  return finiteBounds(radii, 'the radius of row', (radius) => !Number.isNaN(radius)) // infinite if no input counts
}
