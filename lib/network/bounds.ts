import { checkInteger, checkNumber, refuse } from '../checks.js'
import { type Floats, guard, type NativeMean, type NetworkConfig, native, ours } from '../core/native.js'
import type { MatrixInput } from '../data/matrix.js'
import { operation } from '../errors/operation.js'
import { inputRows } from '../fit/rows.js'
import { checkOptions } from '../options/option.js'
import { isArray, isTypedArray } from '../realms.js'
import type { Bound, Loss } from '../words.js'
import { type Asking, runLater, runNow } from './certificates/asking.js'
import { InputCases } from './certificates/cases.js'
import { certifyCases } from './certificates/certify.js'
import { rangesOf } from './certificates/ranges.js'
import { subjectOf } from './certificates/subject.js'
import { finiteBounds, finiteFigure } from './finite.js'
import {
  type BoundOptions,
  checkBounds,
  checkLevel,
  checkPathNorm,
  type NetworkCertifyOptions,
  type NetworkRangeOptions,
  networkCertifyOptions,
  networkRangeOptions,
  type PathNormOptions,
} from './options.js'
import { refuseNoClasses } from './probabilities.js'
import { shownCertificate, shownRange } from './result-texts.js'
import type { Certificate, Range } from './results.js'

/** What holds everywhere for a network, or for the mean of several. */
export abstract class Bounded {
  abstract get loss(): Loss | null

  /** @internal The networks whose mean it is. */
  abstract mean(): NativeMean

  /**
   * The 1-path-norm of the weights in use, of one output or summed over all (docs/method.md, section 5). The path norm
   * of an output bounds how much the output changes when each input changes by at most 1. With `layer`, the factor by which
   * that layer of a network makes it larger (section 14): the factors of all layers multiply to the path norm.
   */
  @operation
  pathNorm(options: PathNormOptions = {}): number {
    const mean = this.mean()
    const { bound, output, layer } = checkPathNorm(options, mean.networks[0].config())
    if (layer !== null) return finiteFigure(layerFactor(mean, bound, layer, output), `the factor of layer ${layer}`)
    const { outputs, sum } = guard(() => native.pathNorms(mean, bound))
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
    const mean = this.mean()
    const { outputs, max } = guard(() => native.pathNorms(mean, 'tight'))
    finiteBounds(outputs, 'the path norm of output')
    return max
  }

  /**
   * A bound on |df/dx_j| everywhere for each input j, where f is one output or the sum of all (docs/method.md, section
   * 14). The bounds sum to the path norm.
   */
  @operation
  influence(options: BoundOptions = {}): Float64Array {
    const mean = this.mean()
    const { bound, output } = checkBounds(options, mean.networks[0].config().outputs)
    const bounds = guard(() => native.influence(mean, bound, output))
    return finiteBounds(ours(bounds), 'the influence of input')
  }

  /**
   * The predicted class of each row, and the l-infinity radius within which it cannot change (docs/certificates.md). An
   * untrained network's outputs count as logits.
   *
   * @throws PsilonError ERR_UNSUPPORTED if the outputs are not classes: trained with mse, or with bce and several outputs.
   */
  @operation
  async certify(x: MatrixInput, options: NetworkCertifyOptions = {}): Promise<Certificate> {
    return await runLater(this.#certify(x, options))
  }

  /** Synchronous certify, for a few rows: on the calling thread alone. */
  @operation
  certifySync(x: MatrixInput, options: NetworkCertifyOptions = {}): Certificate {
    return runNow(this.#certify(x, options))
  }

  *#certify(x: MatrixInput, options: NetworkCertifyOptions): Asking<Certificate> {
    const mean = this.mean()
    const config = { ...mean.networks[0].config(), inputs: mean.inputs }
    const { within, budget, ...given } = checkOptions(networkCertifyOptions, options)
    const { level, bound } = checkLevel(given)
    const tolerances = checkTolerances(within, config.inputs)
    refuseNoClasses(this.loss, config)
    const { data, rows } = inputRows('x', x, config)
    const subject = subjectOf(mean, bound)
    const cases = new InputCases(data, tolerances, yield* subject.classify(data, rows))
    const certified = yield* certifyCases(subject, cases, { level, nodes: budget })
    const counterexamples = certified.counterexamples.map((found) => found && floatsOf(config, found.place))
    const classes = Int32Array.from(cases.classes)
    return shownCertificate('Certificate', { classes, ...certified, counterexamples }, (row) => String(classes[row]))
  }

  /** Between which values an output stays while the inputs of each row move within their tolerances (docs/certificates.md). */
  @operation
  async range(x: MatrixInput, options: NetworkRangeOptions = {}): Promise<Range> {
    return await runLater(this.#range(x, options))
  }

  /** Synchronous range, for a few rows: on the calling thread alone. */
  @operation
  rangeSync(x: MatrixInput, options: NetworkRangeOptions = {}): Range {
    return runNow(this.#range(x, options))
  }

  *#range(x: MatrixInput, options: NetworkRangeOptions): Asking<Range> {
    const mean = this.mean()
    const config = { ...mean.networks[0].config(), inputs: mean.inputs }
    const { within, output, level, budget } = checkOptions(networkRangeOptions, options)
    const tolerances = checkTolerances(within, config.inputs)
    checkInteger('output', output, 0, config.outputs - 1)
    const { data, rows } = inputRows('x', x, config)
    const subject = subjectOf(mean)
    yield* subject.classify(data, rows) // refuses outputs that are not finite
    const cases = new InputCases(data, tolerances, new Float64Array(rows))
    const coefficients = Array.from({ length: config.outputs }, (_, k) => Number(k === output))
    const sums = Array.from({ length: rows }, (_, index) => ({ index, coefficients }))
    return shownRange(yield* rangesOf(subject, cases, sums, { level, nodes: budget }))
  }
}

/**
 * max_i r_{k+1,i} / max_i r_{k,i} of layer k; of the last layer, the sum over the outputs or one of them instead of the
 * maximum (docs/method.md, section 14). 0 if nothing gets through the layers before.
 */
function layerFactor(mean: NativeMean, bound: Bound, layer: number, output: number | null): number {
  const before = layer === 0 ? 1 : guard(() => native.pathNorms(mean, bound, layer)).max
  const { outputs, sum, max } = guard(() => native.pathNorms(mean, bound, layer + 1))
  const isLast = layer === mean.networks[0].config().hidden.length
  const after = !isLast ? max : output === null ? sum : outputs[output]
  return after === 0 ? 0 : after / before
}

const floatsOf = ({ dtype }: NetworkConfig, place: Float64Array): Floats =>
  dtype === 'float32' ? Float32Array.from(place) : place

function checkTolerances(given: unknown, inputs: number): Float64Array {
  if (given === undefined) return new Float64Array(inputs).fill(1)
  const isList = isArray(given) || isTypedArray(given)
  if (!isList || given.length !== inputs) refuse('within', `${inputs} numbers, one for each input`, given)
  return Float64Array.from(given as ArrayLike<unknown>, (value, j) => checkNumber(`within[${j}]`, value, { from: 0 }))
}
