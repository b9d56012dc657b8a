import type { Feature } from '../data/column-encoding.js'
import type { EncodingName } from '../data/encodings/encodings.js'
import { PlainRows } from '../data/plain-rows.js'
import type { Transformed } from '../data/preprocess.js'
import { Caller } from '../errors/caller.js'
import { operation, runOperation } from '../errors/operation.js'
import { option, Refusal, words } from '../errors/refusal.js'
import { cFrom, javascriptFrom, onnxFrom } from '../export/forms.js'
import type { CExportOptions, JavaScriptOptions, OnnxOptions } from '../export/options.js'
import type { PruneAmount } from '../fit/options.js'
import { TrainingRun, type WholeRunControl } from '../fit/run.js'
import { inspection, type Styling, shown } from '../inspection.js'
import { type AnyNetwork, membersOf } from '../network/ensemble.js'
import { encodeModel, type SavedModel, writeModel } from '../network/model-file.js'
import { type BoundOptions, checkBound } from '../network/options.js'
import type { Compaction, Sparsity } from '../network/results.js'
import { isArray } from '../realms.js'
import { type Reading, readingOfModel } from '../tables/read-options.js'
import { readTable, requireRows, type Table, type TableInput } from '../tables/table.js'
import { type EstimatorFitOptions, fitOptions, type TargetEncoder } from './data.js'
import type { ClassifierOptions, EstimatorOptions, RegressorOptions } from './estimator-options.js'
import { type ExportableCoding, exportableEstimator } from './exported.js'
import { savedEstimator } from './file.js'
import type { FitEvent, Fitted } from './fits.js'
import type { PresetName } from './presets.js'
import { rowsOf, tableOfRows } from './rows.js'
import { copiedOptions, estimatorSettings, type Settings } from './settings.js'
import { estimatorFacts, summaryOf } from './summary.js'
import { type FitSummary, trainEstimator } from './training.js'

/**
 * A running fit: a promise of its summary, an async iterator of epochs, and `cancel()`. Leaving the loop over its
 * epochs does not end it.
 */
export type EstimatorRun = TrainingRun<FitEvent, FitSummary>

/** The classes, and the options that each refuses because the other alone has them. */
const classes = {
  regressor: { name: 'PsilonRegressor', refused: ['classWeight'], of: 'PsilonClassifier' },
  classifier: { name: 'PsilonClassifier', refused: ['loss', 'targetTransform'], of: 'PsilonRegressor' },
} as const

/** A table as inputs of the network, and the network. */
export interface Applied<Coding> extends Transformed {
  fitted: Fitted<Coding>
  table: Table
}

/**
 * A network or an ensemble with everything between it and a table: a PsilonRegressor or a PsilonClassifier. A table is
 * what readTable takes: the path of a CSV or Parquet file, rows, columns, or the table of another library.
 *
 * All its methods throw or reject with PsilonError: ERR_NOT_FITTED before the first fit, ERR_DISPOSED once it is
 * disposed of, ERR_FILE if a table cannot be read, ERR_OPTION, ERR_SHAPE and ERR_DATA for wrong arguments.
 */
export abstract class Estimator<Options extends EstimatorOptions, Coding extends ExportableCoding> {
  /** As given to the constructor, and the preset if none was given. */
  readonly options: Readonly<Options & { preset: PresetName }>
  readonly #type: keyof typeof classes
  readonly #settings: Settings
  readonly #task: TargetEncoder<Coding>
  #fitted: Fitted<Coding> | null
  /** Made when first needed. */
  #plain: { of: Fitted<Coding>; rows: PlainRows } | null = null
  #running: AbortController | null = null
  #disposed = false

  /** @internal */
  protected constructor(
    type: keyof typeof classes,
    given: unknown,
    taskOf: (options: RegressorOptions & ClassifierOptions) => TargetEncoder<Coding>,
    fitted: Fitted<Coding> | null,
  ) {
    const { name, refused, of } = classes[type]
    const { options, task, settings } = runOperation(name, new.target, () => {
      const options = copiedOptions(given)
      const foreign = refused.find((name) => options[name] !== undefined)
      if (foreign !== undefined) throw new Refusal('ERR_OPTION', words`${option(foreign)} is an option of ${of}`)
      for (const name of refused) delete options[name]
      return { options, task: taskOf(options), settings: estimatorSettings(options) }
    })
    this.options = Object.freeze({ ...(options as Options), preset: settings.preset })
    this.#type = type
    this.#settings = settings
    this.#task = task
    this.#fitted = fitted
  }

  /** The network inside, the first of an ensemble; the next fit replaces it. */
  @operation
  get network(): AnyNetwork {
    return membersOf(this.fitted().network)[0]
  }

  /** The networks whose outputs are averaged: as many as the option `ensemble` says, fewer if a fit was cancelled or diverged. */
  @operation
  get members(): readonly AnyNetwork[] {
    return membersOf(this.fitted().network)
  }

  /** The column that is predicted. */
  @operation
  get target(): string {
    return this.fitted().target
  }

  /** The inputs of the networks, in order. */
  @operation
  get features(): readonly Feature[] {
    return this.fitted().preprocessor.features
  }

  /**
   * How the texts of the training table were read, for readTable: `model.predict(await readTable(path,
   * model.reading))`. Texts of rows and columns given to predict, and files given to score and evaluate, are read the
   * same way.
   */
  @operation
  get reading(): Reading {
    return readingOfModel(this.fitted().reading)
  }

  /**
   * For each of the `members`, the encoding of the numeric columns; those of two different values are standardised in any
   * case. A network takes the `features` of its own encoding, and those that have none.
   */
  @operation
  get encodings(): readonly EncodingName[] {
    return this.fitted().encodings
  }

  /** Strength of the regularizer the network was trained with, the first of an ensemble. */
  @operation
  get lambda(): number {
    return this.fitted().lambda
  }

  /**
   * Learns everything from a table: preprocessing, target, lambda if it is 'auto', and a fresh network. Never throws:
   * any error rejects the run. The estimator does not change until the run ends, nor if the run ends before the network
   * to keep has finished an epoch.
   *
   * @throws PsilonError ERR_BUSY while a fit runs; ERR_DATA for a constant target, a single class, no column to learn
   * from; otherwise as the fit of a network.
   */
  fit(table: TableInput | Table, options: EstimatorFitOptions): EstimatorRun {
    const caller = new Caller(this.fit)
    const work = (control: WholeRunControl<FitEvent>) => {
      const given = fitOptions(options)
      control.follow(given.signal)
      return this.#train(table, given, control)
    }
    return new TrainingRun(work, { operation: 'fit', caller })
  }

  /** Path norm of the network, summed over its outputs, in scaled units; for an ensemble the mean over its members. */
  @operation
  pathNorm(options: Pick<BoundOptions, 'bound'> = {}): number {
    return this.fitted().network.pathNorm({ bound: checkBound(options) })
  }

  /** A Lipschitz constant, in scaled units: the largest tight path norm of an output. */
  @operation
  lipschitz(): number {
    return this.fitted().network.lipschitz()
  }

  /** For an ensemble, means over its members. */
  @operation
  sparsity(): Sparsity {
    return this.fitted().network.sparsity()
  }

  /**
   * Sets weights to exact zero, at once and without training; in every member of an ensemble, or in none.
   *
   * @throws PsilonError ERR_UNREACHABLE for a sparsity beyond what can be reached, ERR_UNSUPPORTED with normalization
   * 'none'.
   */
  @operation
  prune(options: PruneAmount): Sparsity {
    return this.fitted().network.prune(options)
  }

  /**
   * Removes the units that pruning left without effect; the predictions stay the same, to rounding. For an ensemble,
   * the figures are sums over its members.
   */
  @operation
  compact(): Compaction {
    return this.fitted().network.compact()
  }

  /**
   * Writes network, preprocessing, target and options to one safetensors file, which `load` reads.
   *
   * @throws PsilonError ERR_FILE if the file cannot be written.
   */
  @operation
  async save(path: string): Promise<void> {
    await writeModel(path, this.#saved())
  }

  /** The bytes of the file that `save` writes; `load` reads them. */
  @operation
  toBuffer(): Buffer {
    return Buffer.concat(encodeModel(this.#saved()))
  }

  /**
   * An ES module without dependencies that predicts what the estimator does, preprocessing included: for browsers,
   * workers and other programs (docs/deploy.md).
   *
   * @throws PsilonError ERR_UNSUPPORTED for weights that cannot be rounded, and for rounded ones of a model that psilon 0.1.0 wrote.
   */
  @operation
  toJavaScript(options: JavaScriptOptions = {}): string {
    return javascriptFrom(exportableEstimator(this.fitted()), options)
  }

  /**
   * A header in C99 that predicts what the estimator does, preprocessing included: it allocates nothing and needs math.h alone
   * (docs/deploy.md).
   *
   * @throws PsilonError ERR_OPTION for a name that is none in C; ERR_UNSUPPORTED as toJavaScript.
   */
  @operation
  toC(options: CExportOptions = {}): string {
    return cFrom(exportableEstimator(this.fitted()), options)
  }

  /**
   * The bytes of an ONNX model that predicts what the estimator does, preprocessing included (docs/onnx.md).
   *
   * @throws PsilonError ERR_UNSUPPORTED for a matrix of columns with categories.
   */
  @operation
  toOnnx(options: OnnxOptions = {}): Uint8Array {
    return onnxFrom(exportableEstimator(this.fitted()), options)
  }

  /**
   * What the estimator is, as a text of some lines: target, columns, networks, the layers of the first network with sizes, zeros
   * and factors of the path norm, and the bounds.
   */
  @operation
  summary(): string {
    return summaryOf(classes[this.#type].name, this.fitted())
  }

  /** @internal */
  [inspection](depth: number, styling: Styling): object {
    return shown(classes[this.#type].name, depth, styling, () => {
      if (this.#fitted !== null) return estimatorFacts(this.fitted())
      this.#refuseDisposed()
      const state = this.#running === null ? 'not fitted' : 'a fit is running'
      return [
        ['preset', this.options.preset],
        ['state', state],
      ]
    })
  }

  /** Frees the network's memory. A fit under way is cancelled, and rejects with ERR_DISPOSED. */
  dispose(): void {
    this.#disposed = true
    this.#running?.abort()
    this.#fitted?.network.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  protected fitted(): Fitted<Coding> {
    this.#refuseDisposed()
    if (this.#fitted !== null) return this.#fitted
    throw new Refusal('ERR_NOT_FITTED', 'the estimator has not been fitted; call fit first')
  }

  /** Turns rows or columns into inputs of the network. */
  protected inputs(input: unknown): Applied<Coding> {
    const fitted = this.fitted()
    return this.#apply(fitted, tableOfRows(input, fitted.reading))
  }

  /** As `inputs`, also of one row; plain rows take a short way to the same numbers. */
  protected inputsNow(input: unknown): Omit<Applied<Coding>, 'table'> {
    const fitted = this.fitted()
    const rows = rowsOf(input)
    const plain = isArray(rows) ? this.#plainRows(fitted).transform(rows) : null
    return plain === null ? this.inputs(rows) : { ...plain, fitted }
  }

  #plainRows(fitted: Fitted<Coding>): PlainRows {
    if (this.#plain?.of === fitted) return this.#plain.rows
    const rows = new PlainRows(fitted.preprocessor, fitted.reading, fitted.network.config.dtype)
    this.#plain = { of: fitted, rows }
    return rows
  }

  /** Turns any table, files included, into inputs of the network. */
  protected async inputsOfTable(input: unknown): Promise<Applied<Coding>> {
    const fitted = this.fitted()
    return this.#apply(fitted, await readTable(input, fitted.reading))
  }

  #saved(): SavedModel {
    return savedEstimator(this.#type, this.options, this.fitted())
  }

  #apply(fitted: Fitted<Coding>, table: Table): Applied<Coding> {
    requireRows(table)
    return { ...fitted.preprocessor.transform(table, fitted.network.config.dtype), fitted, table }
  }

  async #train(table: unknown, options: Record<string, unknown>, control: WholeRunControl<FitEvent>) {
    this.#refuseDisposed()
    if (this.#running !== null) {
      throw new Refusal('ERR_BUSY', 'a fit of this estimator is running; wait for it or cancel it')
    }
    const running = new AbortController()
    this.#running = running
    const keep = (fitted: Fitted<Coding>) => {
      if (this.#disposed) fitted.network.dispose()
      else this.#fitted = fitted
    }
    const context = { emit: control.emit, stop: AbortSignal.any([control.stop, running.signal]), keep }
    const summary = await trainEstimator({ table, options }, this.#settings, this.#task, context).finally(() => {
      this.#running = null
    })
    if (!this.#disposed) return summary
    throw new Refusal('ERR_DISPOSED', 'the estimator was disposed of while it was being fitted')
  }

  #refuseDisposed(): void {
    if (!this.#disposed) return
    throw new Refusal('ERR_DISPOSED', 'the estimator has been disposed of')
  }
}
