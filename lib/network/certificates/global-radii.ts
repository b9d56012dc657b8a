import type { Floats } from '../../core/native.js'
import { finiteBounds } from '../finite.js'
import { type Asking, core } from './asking.js'
import type { Subject } from './subject.js'

/** Radii of rows [rows, inputs] in the inputs' own units, by path norms: of all rows at once. */
export function* globalRadii({ mean, bound }: Subject, data: Floats, rows: number): Asking<Float64Array> {
  const { radii } = yield* core('certify', mean, data, rows, bound)
  return finiteBounds(radii, 'the radius of row', (radius) => !Number.isNaN(radius)) // infinite if no input counts
}
