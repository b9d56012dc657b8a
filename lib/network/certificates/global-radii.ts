import { type Floats, guard, native, ours } from '../../core/native.js'
import { checkThreads } from '../../fit/settings.js'
import { finiteBounds } from '../finite.js'
import type { Subject } from './subject.js'

/** Radii of rows [rows, inputs] in the inputs' own units, by path norms: of all rows at once. */
export async function globalRadii({ mean, bound }: Subject, data: Floats, rows: number): Promise<Float64Array> {
  const { radii } = ours(await guard(() => native.certify(mean, data, rows, bound, checkThreads())))
  return finiteBounds(radii, 'the radius of row', (radius) => !Number.isNaN(radius)) // infinite if no input counts
}
