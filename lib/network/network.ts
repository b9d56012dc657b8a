import type { Epoch, FirstLayer, NativeMean, NativeNetwork, NetworkConfig, Parameters } from '../core/native.js'
import { guard, native, ours } from '../core/native.js'
import type { MatrixInput } from '../data/matrix.js'
import { Caller } from '../errors/caller.js'
import { operation, runOperation } from '../errors/operation.js'
import type { Exportable } from '../export/exported-code.js'
import { cFrom, javascriptFrom, onnxFrom } from '../export/forms.js'
import type { CExportOptions, JavaScriptOptions } from '../export/options.js'
import { fitNetwork } from '../fit/fit-network.js'
import type { History } from '../fit/history.js'
import { NetworkState } from '../fit/network-state.js'
import type { FitOptions, PruneAmount, TrainingData } from '../fit/options.js'
import { inputRows } from '../fit/rows.js'
import { TrainingRun, type WholeRunControl } from '../fit/run.js'
import { checkPrunable, checkThreads, pruneTarget } from '../fit/settings.js'
import { inspection, type Styling, shown } from '../inspection.js'
import { checkMemory } from '../machine/devices.js'
import { checkOptions } from '../options/option.js'
import { facts } from '../print.js'
import type { Loss, NetworkKind } from '../words.js'
import { Blueprint, networkBlueprint } from './blueprint.js'
import { Bounded } from './bounds.js'
import { exportableNetwork, roundedBlueprint } from './exported.js'
import { finiteOutputs, finiteSparsity } from './finite.js'
import { encodeModel, writeModel } from './model-file.js'
import { type PredictOptions, type PsilonNetOptions, type PsilonResNetOptions, predictOptions } from './options.js'
import { checkParameters, countParameters } from './parameters.js'
import { predictNow } from './predict-now.js'
import { probabilities, probableLink } from './probabilities.js'
import type { Compaction, Outputs, Sparsity } from './results.js'
import { boundLines, layerLines, networkFacts } from './summary.js'

/**
 * A PsilonNet or a PsilonResNet. All its methods throw or reject with PsilonError: ERR_DISPOSED once it is disposed of;
 * ERR_OPTION, ERR_SHAPE and ERR_DATA for wrong arguments; ERR_NON_FINITE if a result overflows.
 */
export abstract class Network extends Bounded {
  readonly #state: NetworkState
  /** What a prediction needs of the configuration: asking the core takes longer than predicting a row. */
  readonly #form: Pick<NetworkConfig, 'inputs' | 'outputs' | 'dtype'>

  /** @internal */
  protected constructor(name: string, kind: NetworkKind, given: unknown) {
    super()
    const blueprint = () => (Blueprint.isOne(given) ? given : networkBlueprint(kind, given))
    this.#state = runOperation(name, new.target, () => begin(blueprint()))
    this.#form = this.config
  }

  /** @internal Does not access the value, which may be a proxy. */
  static isOne(value: unknown): value is Network {
    return typeof value === 'object' && value !== null && #state in value
  }

  /** @internal */
  get state(): NetworkState {
    return this.#state
  }

  /** @internal */
  override mean(): NativeMean {
    return { networks: [this.#state.use()], inputs: this.#form.inputs, taken: null }
  }

  /** The configuration. Pruning and compaction change it. */
  @operation
  get config(): NetworkConfig {
    return ours(this.#state.use().config())
  }

  get seed(): number {
    return this.#state.seed
  }

  /** The loss the network was last trained with; null before that. */
  override get loss(): Loss | null {
    return this.#state.loss
  }

  /** Copies of all parameters, by name: `layers.K.v`, or `.vPos` and `.vNeg` [out, in]; `.g` [1] or [out]; `.b` [out]. */
  @operation
  get parameters(): Parameters {
    return ours(this.#state.use().parameters())
  }

  /**
   * Replaces all parameters. Takes what `parameters` gives; in a pruned network, zeros among the weights stay zero from
   * now on.
   *
   * @throws PsilonError ERR_SHAPE for other names or shapes, ERR_DATA for values that are not finite or a weight row
   * that cannot be normalised: all zero, too small or too large; ERR_BUSY while a fit runs.
   */
  @operation
  setParameters(parameters: Parameters): void {
    const network = this.#state.idle()
    const checked = checkParameters(parameters, network.config())
    guard(() => network.setParameters(checked))
  }

  /**
   * Trains the network from its current parameters with a fresh optimiser. Never throws: any error rejects the run. The
   * network does not change until the run ends; then it has the parameters of the last finished epoch, with early stopping
   * those of the best.
   *
   * @param data rows [rows, inputs] and targets; they are copied.
   * @returns the run: a promise of the history, an async iterator of epochs, and `cancel()`. Leaving the loop over its
   * epochs does not end it.
   * @throws PsilonError ERR_BUSY while a fit runs; ERR_NON_FINITE, with epoch, step, learningRate and lambda in `details`,
   * if loss or gradient is no longer finite; ERR_MEMORY; ERR_DEVICE; ERR_UNSUPPORTED; ERR_UNREACHABLE for a sparsity that
   * cannot be reached; ERR_CANCELLED if its signal is aborted; ERR_DISPOSED if the network is disposed of meanwhile;
   * ERR_CHECKPOINT for the checkpoint of another fit, or a damaged one.
   */
  fit(data: TrainingData, options: FitOptions = {}): TrainingRun<Epoch, History> {
    const caller = new Caller(this.fit)
    const work = (control: WholeRunControl<Epoch>) => fitNetwork(this.#state, { data, options }, control)
    return new TrainingRun(work, { operation: 'fit', caller })
  }

  /**
   * Raw outputs: for the losses bce and softmax, logits.
   *
   * @param x rows [rows, inputs].
   * @param options threads: default as many as there are processors.
   */
  @operation
  async predict(x: MatrixInput, options: PredictOptions = {}): Promise<Outputs> {
    const network = this.#state.use()
    const { threads = checkThreads() } = checkOptions(predictOptions, options)
    const { data, rows } = inputRows('x', x, this.#form)
    const outputs = await guard(() => network.predict(data, rows, threads))
    return { data: finiteOutputs(ours(outputs), this.#form.outputs), shape: [rows, this.#form.outputs] }
  }

  /** Synchronous predict, for a few rows: on the calling thread alone unless `threads` says otherwise. */
  @operation
  predictSync(x: MatrixInput, options: PredictOptions = {}): Outputs {
    const network = this.#state.use()
    const { threads = 1 } = checkOptions(predictOptions, options)
    return this.#outputsNow(network, x, threads)
  }

  /**
   * Probabilities: of class 1 for each output after training with bce, of each class after softmax.
   *
   * @throws PsilonError ERR_UNSUPPORTED if the network was trained with another loss, ERR_NOT_FITTED if it was not
   * trained.
   */
  @operation
  async predictProba(x: MatrixInput): Promise<Outputs> {
    const network = this.#state.use()
    const link = probableLink(this.loss)
    const { data, rows } = inputRows('x', x, this.#form)
    const logits = await guard(() => network.predict(data, rows, checkThreads()))
    const { outputs } = this.#form
    finiteOutputs(logits, outputs)
    return { data: probabilities(ours(logits), outputs, link), shape: [rows, outputs] }
  }

  /** Synchronous predictProba, for a few rows: on the calling thread alone. */
  @operation
  predictProbaSync(x: MatrixInput): Outputs {
    const network = this.#state.use()
    const link = probableLink(this.loss)
    const { data, shape } = this.#outputsNow(network, x, 1)
    return { data: probabilities(data, shape[1], link), shape }
  }

  #outputsNow(network: NativeNetwork, x: MatrixInput, threads: number): Outputs {
    const { dtype, outputs } = this.#form
    const table = inputRows('x', x, this.#form)
    const data = guard(() => predictNow(network, table, dtype, table.rows * outputs, threads))
    return { data: finiteOutputs(data, outputs), shape: [table.rows, outputs] }
  }

  /** @internal */
  firstLayer(): FirstLayer {
    return ours(guard(() => this.#state.use().firstLayer()))
  }

  @operation
  sparsity(): Sparsity {
    const network = this.#state.use()
    const sparsity = ours(guard(() => network.sparsity()))
    return finiteSparsity(sparsity, network.config().normalization !== 'none')
  }

  /**
   * Sets weights to exact zero, at once and without training (docs/method.md, sections 7 and 14).
   *
   * @throws PsilonError ERR_UNREACHABLE for a sparsity beyond what can be reached, ERR_UNSUPPORTED with normalization
   * 'none', ERR_BUSY while a fit runs.
   */
  @operation
  prune(options: PruneAmount): Sparsity {
    const network = this.#state.idle()
    const amount = pruneTarget(options)
    checkPrunable('', amount, network.config())
    guard(() => network.prune(amount))
    return this.sparsity()
  }

  /**
   * Removes the units that pruning left without effect; the function stays the same, to rounding (docs/method.md,
   * section 14).
   *
   * @throws PsilonError ERR_BUSY while a fit runs.
   */
  @operation
  compact(): Compaction {
    const network = this.#state.idle()
    const parametersBefore = countParameters(network.config())
    guard(() => network.compact())
    const config = ours(network.config())
    return { parametersBefore, parametersAfter: countParameters(config), hidden: config.hidden }
  }

  /**
   * Writes the network to a safetensors file, in full or not at all (docs/file-formats.md).
   *
   * @throws PsilonError ERR_FILE if the file cannot be written, ERR_MEMORY if there is no room for a copy of the
   * parameters.
   */
  @operation
  async save(path: string): Promise<void> {
    this.#state.use()
    await writeModel(path, { networks: [this] })
  }

  /** The bytes of the file that `save` writes; `load` reads them. */
  @operation
  toBuffer(): Buffer {
    this.#state.use()
    return Buffer.concat(encodeModel({ networks: [this] }))
  }

  /**
   * An ES module without dependencies that predicts what the network does: for browsers, workers and other programs
   * (docs/deploy.md).
   *
   * @throws PsilonError ERR_UNSUPPORTED for weights that cannot be rounded.
   */
  @operation
  toJavaScript(options: JavaScriptOptions = {}): string {
    return javascriptFrom(this.#exportable(), options)
  }

  /**
   * A header in C99 that predicts what the network does: it allocates nothing and needs math.h alone
   * (docs/deploy.md).
   *
   * @throws PsilonError ERR_OPTION for a name that is none in C; ERR_UNSUPPORTED as toJavaScript.
   */
  @operation
  toC(options: CExportOptions = {}): string {
    return cFrom(this.#exportable(), options)
  }

  /** The bytes of an ONNX model that predicts what the network does (docs/onnx.md). */
  @operation
  toOnnx(): Uint8Array {
    return onnxFrom(this.#exportable())
  }

  #exportable(): Exportable {
    this.#state.use()
    return exportableNetwork<Network>(this, (format) => networkFrom(roundedBlueprint(this, format)))
  }

  /**
   * What the network is, as a text of some lines: its layers with sizes, zeros and factors of the path norm, and its bounds.
   * Factors are those of `pathNorm({ layer })`.
   */
  @operation
  summary(): string {
    const { config, loss, seed } = this
    const known = facts(networkFacts(config, { loss, seed }))
    return [this.constructor.name, ...known, '', ...layerLines(this), '', ...boundLines(this)].join('\n')
  }

  /** @internal */
  [inspection](depth: number, styling: Styling): object {
    return shown(this.constructor.name, depth, styling, () => {
      return networkFacts(this.#state.use().config(), { loss: this.loss, seed: this.seed })
    })
  }

  /** Frees the network's memory. A fit under way is cancelled, and rejects with ERR_DISPOSED. */
  dispose(): void {
    this.#state.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** The network in native memory. */
function begin({ config, seed, loss, parameters }: Blueprint): NetworkState {
  checkMemory(guard(() => native.memoryNeeded(config, null) + (parameters === null ? native.memoryToDraw(config) : 0)))
  const network = guard(() => new native.Network(config, seed, parameters ?? undefined))
  return new NetworkState(network, seed, loss)
}

/** A weight-normalised multilayer perceptron with ReLU (arXiv 2404.19112; docs/method.md, section 4). */
export class PsilonNet extends Network {
  /** @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_MEMORY if it is too large. */
  constructor(options: PsilonNetOptions)
  /** @internal */
  constructor(blueprint: Blueprint)
  constructor(given: PsilonNetOptions | Blueprint) {
    super('PsilonNet', 'mlp', given)
  }
}

/** A weight-normalised residual network with CReLU (arXiv 2404.19112; docs/method.md, section 4). */
export class PsilonResNet extends Network {
  /** @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_MEMORY if it is too large. */
  constructor(options: PsilonResNetOptions)
  /** @internal */
  constructor(blueprint: Blueprint)
  constructor(given: PsilonResNetOptions | Blueprint) {
    super('PsilonResNet', 'resnet', given)
  }
}

export function networkFrom(blueprint: Blueprint): PsilonNet | PsilonResNet {
  return blueprint.config.kind === 'mlp' ? new PsilonNet(blueprint) : new PsilonResNet(blueprint)
}
