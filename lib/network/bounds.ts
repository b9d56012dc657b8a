import { type Floats, guard, type NativeNetwork, native, ours } from '../core/native.js'
import type { MatrixInput } from '../data/matrix.js'
import { operation } from '../errors/operation.js'
import { checkThreads } from '../fit/settings.js'
import type { Loss } from '../words.js'
import { finiteBounds, finiteFigure, finiteOutputs } from './finite.js'
import { type BoundOptions, checkBound, checkBounds } from './options.js'
import { refuseNoClasses } from './probabilities.js'
import type { Certificate } from './results.js'

/** The same rows for several networks, which may take different inputs. */
export interface Tables {
  tables: readonly Floats[]
  /** The index of each network's table. */
  tableOf: readonly number[]
  rows: number
}

/** What holds everywhere for a network, or for the mean of several. */
export abstract class Bounded {
  abstract get loss(): Loss | null

  /** @internal The networks whose mean it is. */
  protected abstract natives(): NativeNetwork[]

  /** @internal The rows of x as inputs of these networks. */
  protected abstract tables(x: MatrixInput): Tables

  /**
   * The 1-path-norm of the weights in use, of one output or summed over all (docs/method.md, section 5). The path norm
   * of an output bounds how much the output changes when each input changes by at most 1.
   */
  @operation
  pathNorm(options: BoundOptions = {}): number {
    const networks = this.natives()
    const { bound, output } = checkBounds(options, networks[0].config().outputs)
    const { outputs, sum } = guard(() => native.pathNorms(networks, bound))
    if (output !== null) return finiteFigure(outputs[output], `the path norm of output ${output}`)
    finiteBounds(outputs, 'the path norm of output')
    return finiteFigure(sum, 'the sum over the outputs')
  }

  /**
   * A Lipschitz constant of the whole network, from the l-infinity norm of inputs to that of outputs: the largest tight
   * path norm of an output (docs/method.md, sections 5 and 14).
   */
  @operation
  lipschitz(): number {
    const networks = this.natives()
    const { outputs, max } = guard(() => native.pathNorms(networks, 'tight'))
    finiteBounds(outputs, 'the path norm of output')
    return max
  }

  /**
   * A bound on |df/dx_j| everywhere for each input j, where f is one output or the sum of all (docs/method.md, section
   * 14). The bounds sum to the path norm.
   */
  @operation
  influence(options: BoundOptions = {}): Float64Array {
    const networks = this.natives()
    const { bound, output } = checkBounds(options, networks[0].config().outputs)
    const bounds = guard(() => native.influence(networks, bound, output))
    return finiteBounds(ours(bounds), 'the influence of input')
  }

  /**
   * The predicted class of each row, and the l-infinity radius within which it cannot change (docs/method.md, section 10).
   * An untrained network's outputs count as logits.
   *
   * @throws PsilonError ERR_UNSUPPORTED if the outputs are not classes: trained with mse, or with bce and several outputs.
   */
  @operation
  async certify(x: MatrixInput, options: Pick<BoundOptions, 'bound'> = {}): Promise<Certificate> {
    const networks = this.natives()
    const config = networks[0].config()
    const bound = checkBound(options)
    refuseNoClasses(this.loss, config)
    const { tables, tableOf, rows } = this.tables(x)
    const certified = await guard(() => native.certify(networks, tables, tableOf, rows, bound, checkThreads()))
    const { classes, radii, outputs } = ours(certified)
    finiteBounds(radii, 'the radius of row', (radius) => !Number.isNaN(radius)) // infinite if no input counts
    finiteOutputs(outputs, config.outputs)
    return { classes, radii }
  }
}
