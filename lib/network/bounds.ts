import { guard, type NativeNetwork, native, ours } from '../core/native.js'
import type { MatrixInput } from '../data/matrix.js'
import { inputRows } from '../fit/rows.js'
import { checkThreads } from '../fit/settings.js'
import type { Loss } from '../words.js'
import { finiteBounds, finiteFigure, finiteOutputs, refuseNaN } from './finite.js'
import { type BoundOptions, checkBound, checkBounds } from './options.js'
import { refuseNoClasses } from './probabilities.js'
import type { Certificate } from './results.js'

/** Each function is the public method of its name for the mean of these networks; a single network is its own mean. */
type Networks = readonly NativeNetwork[]

export function pathNorm(networks: Networks, options: BoundOptions): number {
  const { bound, output } = checkBounds(options, networks[0].config())
  const { outputs, sum } = guard(() => native.pathNorms(networks, bound))
  if (output !== null) return finiteFigure(outputs[output], `the path norm of output ${output}`)
  finiteBounds(outputs, 'the path norm of output')
  return finiteFigure(sum, 'the sum over the outputs')
}

export function lipschitz(networks: Networks): number {
  const { outputs, max } = guard(() => native.pathNorms(networks, 'tight'))
  finiteBounds(outputs, 'the path norm of output')
  return max
}

export function influence(networks: Networks, options: BoundOptions): Float64Array {
  const { bound, output } = checkBounds(options, networks[0].config())
  const bounds = guard(() => native.influence(networks, bound, output))
  return finiteBounds(ours(bounds), 'the influence of input')
}

export async function certify(
  networks: Networks,
  { x, options, loss }: { x: MatrixInput; options: Pick<BoundOptions, 'bound'>; loss: Loss | null },
): Promise<Certificate> {
  const config = networks[0].config()
  const bound = checkBound(options)
  refuseNoClasses(loss, config)
  const { data, rows } = inputRows('x', x, config)
  const certified = await guard(() => native.certify(networks, data, rows, bound, checkThreads()))
  const { classes, radii, outputs } = ours(certified)
  refuseNaN(radii, 'the radius of row')
  finiteOutputs(outputs, config.outputs)
  return { classes, radii }
}
