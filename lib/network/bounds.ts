import type { Method } from '../caller.js'
import type { MatrixInput } from '../data/matrix.js'
import { guard, guardAsync, type Loss, type NativeNetwork, native, ours } from '../native.js'
import { finiteBounds, finiteFigure, finiteOutputs, refuseNaN } from './finite.js'
import { checkThreads } from './fit-options.js'
import { inputRows } from './fit-rows.js'
import { type BoundOptions, boundOptions } from './options.js'
import { refuseNoClasses } from './probabilities.js'
import type { Certificate } from './results.js'

/** Each function is the public method of its name for the mean of these networks; a single network is its own mean. */
type Networks = readonly NativeNetwork[]

export function pathNorm(method: Method, networks: Networks, options: BoundOptions): number {
  const { bound, output } = boundOptions('pathNorm', options, networks[0].config())
  const { outputs, sum } = guard(method, () => native.pathNorms(networks, bound))
  if (output !== null) return finiteFigure('pathNorm', outputs[output], `the path norm of output ${output}`)
  finiteBounds('pathNorm', outputs, 'the path norm of output')
  return finiteFigure('pathNorm', sum, 'the sum over the outputs')
}

export function lipschitz(method: Method, networks: Networks): number {
  const { outputs, max } = guard(method, () => native.pathNorms(networks, 'tight'))
  finiteBounds('lipschitz', outputs, 'the path norm of output')
  return max
}

export function influence(method: Method, networks: Networks, options: BoundOptions): Float64Array {
  const { bound, output } = boundOptions('influence', options, networks[0].config())
  const bounds = guard(method, () => native.influence(networks, bound, output))
  return finiteBounds('influence', ours(bounds), 'the influence of input')
}

export async function certify(
  method: Method,
  networks: Networks,
  { x, options, loss }: { x: MatrixInput; options: Pick<BoundOptions, 'bound'>; loss: Loss | null },
): Promise<Certificate> {
  const config = networks[0].config()
  const { bound } = boundOptions('certify', options, config, ['bound'])
  refuseNoClasses('certify', loss, config)
  const { data, rows } = inputRows('certify', 'x', x, config)
  const threads = checkThreads('certify')
  const certified = await guardAsync(method, () => native.certify(networks, data, rows, bound, threads))
  const { classes, radii, outputs } = ours(certified)
  refuseNaN('certify', radii, 'the radius of row')
  finiteOutputs('certify', outputs, config.outputs)
  return { classes, radii }
}
