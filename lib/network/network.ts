import { captureCaller } from '../caller.js'
import type { MatrixInput } from '../data/matrix.js'
import { checkMemory } from '../devices.js'
import type { Epoch, Loss, NativeNetwork, NetworkConfig, Parameters } from '../native.js'
import { guard, guardAsync, native, ours } from '../native.js'
import { finiteBounds, finiteFigure, finiteOutputs, finiteSparsity, refuseNaN } from './finite.js'
import type { FitOptions, PruneAmount, TrainingData } from './fit-options.js'
import { checkPrunable, checkThreads, fitOptions, pruneOptions } from './fit-options.js'
import { inputRows, SharedRows } from './fit-rows.js'
import { writeModel } from './model-file.js'
import { NetworkState } from './network-state.js'
import {
  Blueprint,
  type BoundOptions,
  boundOptions,
  networkBlueprint,
  type PsilonNetOptions,
  type PsilonResNetOptions,
} from './options.js'
import { checkParameters, countParameters } from './parameters.js'
import { predictNow } from './predict-now.js'
import { type PredictOptions, predictThreads } from './predict-options.js'
import { probabilities, probableLink, refuseNoClasses } from './probabilities.js'
import type { Certificate, Compaction, Outputs, Sparsity } from './results.js'
import { type History, placeFits } from './training.js'
import { TrainingRun, type WholeRunControl } from './training-run.js'

/**
 * A network, of which PsilonNet and PsilonResNet are the two kinds. All its methods throw or reject with PsilonError:
 * ERR_DISPOSED once it is disposed of; ERR_OPTION, ERR_SHAPE and ERR_DATA for wrong arguments; ERR_NON_FINITE where a
 * result overflows.
 */
export abstract class Network {
  readonly #state: NetworkState
  /** What of the configuration a prediction needs: nothing changes it, and asking the core takes longer than a row. */
  readonly #form: Pick<NetworkConfig, 'inputs' | 'outputs' | 'dtype'>

  /** @internal */
  protected constructor(operation: string, { config, seed, loss, parameters }: Blueprint) {
    const needed = guard(new.target as never, () => {
      return native.memoryNeeded(config, null) + (parameters === null ? native.memoryToDraw(config) : 0)
    })
    checkMemory(operation, needed)
    const network = guard(new.target as never, () => new native.Network(config, seed, parameters ?? undefined))
    this.#state = new NetworkState(network, seed, loss)
    const { inputs, outputs, dtype } = config
    this.#form = { inputs, outputs, dtype }
  }

  /** @internal Asks nothing of the value itself, which may be a proxy. */
  static isOne(value: unknown): value is Network {
    return typeof value === 'object' && value !== null && #state in value
  }

  /** @internal */
  get state(): NetworkState {
    return this.#state
  }

  /** What the network is. Pruning and compaction change it. */
  get config(): NetworkConfig {
    return ours(this.#use('config').config())
  }

  get seed(): number {
    return this.#state.seed
  }

  /** The loss the network was last trained with; null before that. */
  get loss(): Loss | null {
    return this.#state.loss
  }

  /**
   * Copies of all parameters, by name: `layers.K.v`, or `.vPos` and `.vNeg` [out, in]; `.g` [1] or [out]; `.b` [out].
   */
  get parameters(): Parameters {
    return ours(this.#use('parameters').parameters())
  }

  /**
   * Replaces all parameters. Takes what `parameters` gives; in a pruned network, zeros among the weights stay zero from
   * now on.
   *
   * @throws PsilonError ERR_SHAPE for other names or shapes, ERR_DATA for values that are not finite or a weight row
   * that cannot be normalised: all zero, too small or too large; ERR_BUSY while a fit runs.
   */
  setParameters(parameters: Parameters): void {
    const network = this.#idle('setParameters')
    const checked = checkParameters('setParameters', parameters, network.config())
    guard(this.setParameters, () => network.setParameters(checked))
  }

  /**
   * Trains the network, going on from its parameters with a fresh optimiser. Never throws: whatever is wrong rejects
   * the run. Until the run ends the network is what it was before; then it has the last finished epoch's parameters,
   * with early stopping the best epoch's.
   *
   * @param data rows [rows, inputs] and targets; they are copied.
   * @returns the run: a promise of the history, an async iterator of epochs, and `cancel()`. Leaving the loop over its
   * epochs does not end it.
   * @throws PsilonError ERR_BUSY while a fit runs; ERR_NON_FINITE, with epoch, step, learningRate and lambda in
   * `details`, where loss or gradient is no longer finite; ERR_MEMORY; ERR_DEVICE; ERR_UNSUPPORTED; ERR_UNREACHABLE for
   * a sparsity that cannot be reached; ERR_CANCELLED where its signal is aborted; ERR_DISPOSED where the network is
   * disposed of meanwhile.
   */
  fit(data: TrainingData, options: FitOptions = {}): TrainingRun<Epoch, History> {
    const caller = captureCaller(this.fit)
    const work = (control: WholeRunControl<Epoch>) => {
      const given = fitOptions(options)
      control.follow(given.signal)
      const known = new SharedRows()
      const fit = this.#state.check({ data, options: given }, known)
      const [plan] = placeFits('fit', fit.requestedDevice, [fit]).plans
      checkMemory('fit', known.bytes + plan.bytes + plan.threadBytes)
      const emit = (epoch: Epoch) => control.emit(() => epoch)
      return this.#state.begin(plan, { emit, stop: control.stop }).end
    }
    return new TrainingRun(work, { operation: 'fit', caller })
  }

  /**
   * Raw outputs: for the losses bce and softmax, logits.
   *
   * @param x rows [rows, inputs].
   * @param options threads: by default as many as there are processors.
   */
  async predict(x: MatrixInput, options: PredictOptions = {}): Promise<Outputs> {
    const network = this.#use('predict')
    const threads = predictThreads('predict', options)
    const { data, rows } = inputRows('predict', 'x', x, this.#form)
    const outputs = await guardAsync(this.predict, () => network.predict(data, rows, threads))
    return { data: finiteOutputs('predict', ours(outputs), this.#form.outputs), shape: [rows, this.#form.outputs] }
  }

  /** The same before it returns, on the calling thread alone unless there are `threads`: for a few rows. */
  predictSync(x: MatrixInput, options: PredictOptions = {}): Outputs {
    const network = this.#use('predictSync')
    const threads = predictThreads('predictSync', options, 1)
    const { dtype, outputs } = this.#form
    const table = inputRows('predictSync', 'x', x, this.#form)
    const count = table.rows * outputs
    const data = guard(this.predictSync, () => predictNow(network, table, { dtype, count, threads }))
    return { data: finiteOutputs('predictSync', data, outputs), shape: [table.rows, outputs] }
  }

  /**
   * Probabilities: of class 1 for each output after training with bce, of each class after softmax.
   *
   * @throws PsilonError ERR_UNSUPPORTED where the network was trained with mse, ERR_NOT_FITTED where it was not
   * trained.
   */
  async predictProba(x: MatrixInput): Promise<Outputs> {
    const network = this.#use('predictProba')
    const link = probableLink('predictProba', this.loss)
    const { data, rows } = inputRows('predictProba', 'x', x, this.#form)
    const logits = await guardAsync(this.predictProba, () => network.predict(data, rows, checkThreads('predictProba')))
    const { outputs } = this.#form
    finiteOutputs('predictProba', logits, outputs)
    return { data: probabilities(ours(logits), outputs, link), shape: [rows, outputs] }
  }

  /**
   * The 1-path-norm of the weights in use, summed over the outputs or of one of them (docs/method.md, section 5). That
   * of an output bounds how much it changes, for inputs that change by at most 1 each.
   */
  pathNorm(options: BoundOptions = {}): number {
    const network = this.#use('pathNorm')
    const { bound, output } = boundOptions('pathNorm', options, network.config())
    const norms = guard(this.pathNorm, () => network.outputPathNorms(bound))
    if (output !== null) return finiteFigure('pathNorm', norms[output], `the path norm of output ${output}`)
    const total = finiteBounds('pathNorm', norms, 'the path norm of output').reduce((sum, norm) => sum + norm, 0)
    return finiteFigure('pathNorm', total, 'the sum over the outputs')
  }

  /**
   * A Lipschitz constant of the whole network, from the l-infinity norm of inputs to that of outputs: the largest tight
   * path norm of an output (docs/method.md, sections 5 and 14).
   */
  lipschitz(): number {
    const network = this.#use('lipschitz')
    const norms = guard(this.lipschitz, () => network.outputPathNorms('tight'))
    return finiteBounds('lipschitz', norms, 'the path norm of output').reduce((most, norm) => Math.max(most, norm), 0)
  }

  /**
   * For each input j a bound on |df/dx_j| everywhere, of one output or of the sum of all (docs/method.md, section 14).
   * They sum to the path norm.
   */
  influence(options: BoundOptions = {}): Float64Array {
    const network = this.#use('influence')
    const { bound, output } = boundOptions('influence', options, network.config())
    const bounds = guard(this.influence, () => network.influence(bound, output))
    return finiteBounds('influence', ours(bounds), 'the influence of input')
  }

  /**
   * The predicted class of each row, and the l-infinity radius within which it cannot change (docs/method.md, section
   * 10). An untrained network's outputs count as logits.
   *
   * @throws PsilonError ERR_UNSUPPORTED where the outputs are no classes: trained with mse, or with bce and several
   * outputs.
   */
  async certify(x: MatrixInput, options: Pick<BoundOptions, 'bound'> = {}): Promise<Certificate> {
    const network = this.#use('certify')
    const config = network.config()
    const { bound } = boundOptions('certify', options, config, ['bound'])
    refuseNoClasses('certify', this.loss, config)
    const { data, rows } = inputRows('certify', 'x', x, config)
    const threads = checkThreads('certify')
    const certificate = await guardAsync(this.certify, () => network.certify(data, rows, bound, threads))
    if (refuseNaN('certify', certificate.radii, 'the radius of row').includes(Infinity)) {
      // an infinite output has an infinite margin
      const outputs = await guardAsync(this.certify, () => network.predict(data, rows, threads))
      finiteOutputs('certify', outputs, config.outputs)
    }
    return ours(certificate)
  }

  sparsity(): Sparsity {
    const network = this.#use('sparsity')
    const sparsity = ours(guard(this.sparsity, () => network.sparsity()))
    return finiteSparsity(sparsity, network.config().normalization !== 'none')
  }

  /**
   * Sets weights to exact zero, at once and without training (docs/method.md, sections 7 and 14).
   *
   * @throws PsilonError ERR_UNREACHABLE for a sparsity beyond what can be reached, ERR_UNSUPPORTED with normalization
   * 'none', ERR_BUSY while a fit runs.
   */
  prune(options: PruneAmount): Sparsity {
    const network = this.#idle('prune')
    const amount = pruneOptions(options)
    checkPrunable('prune', amount, network.config())
    guard(this.prune, () => network.prune(amount))
    return this.sparsity()
  }

  /**
   * Removes the units that pruning left dead; the function stays the same, to rounding (docs/method.md, section 14).
   *
   * @throws PsilonError ERR_BUSY while a fit runs.
   */
  compact(): Compaction {
    const network = this.#idle('compact')
    const parametersBefore = countParameters(network.config())
    guard(this.compact, () => network.compact())
    const config = ours(network.config())
    return { parametersBefore, parametersAfter: countParameters(config), hidden: config.hidden }
  }

  /**
   * Writes the network to a safetensors file, in full or not at all (docs/file-formats.md).
   *
   * @throws PsilonError ERR_FILE where the file cannot be written, ERR_MEMORY where there is no room for a copy of the
   * parameters.
   */
  async save(path: string): Promise<void> {
    this.#use('save')
    await writeModel(path, [this])
  }

  /** Frees the network's memory. A fit under way is cancelled, and rejects with ERR_DISPOSED. */
  dispose(): void {
    this.#state.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #use(operation: string): NativeNetwork {
    return this.#state.use(operation)
  }

  #idle(operation: string): NativeNetwork {
    return this.#state.idle(operation)
  }
}

function blueprintOf(given: unknown): Blueprint | null {
  return typeof given === 'object' && given !== null && Blueprint.isOne(given) ? given : null
}

/** A weight-normalised multilayer perceptron with ReLU (arXiv 2404.19112; docs/method.md, section 4). */
export class PsilonNet extends Network {
  /**
   * @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_MEMORY where it is too large.
   */
  constructor(options: PsilonNetOptions)
  /** @internal */
  constructor(blueprint: Blueprint)
  constructor(given: PsilonNetOptions | Blueprint) {
    super('PsilonNet', blueprintOf(given) ?? networkBlueprint('PsilonNet', 'mlp', given))
  }
}

/** A weight-normalised residual network with CReLU (arXiv 2404.19112; docs/method.md, section 4). */
export class PsilonResNet extends Network {
  /**
   * @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_MEMORY where it is too large.
   */
  constructor(options: PsilonResNetOptions)
  /** @internal */
  constructor(blueprint: Blueprint)
  constructor(given: PsilonResNetOptions | Blueprint) {
    super('PsilonResNet', blueprintOf(given) ?? networkBlueprint('PsilonResNet', 'resnet', given))
  }
}
