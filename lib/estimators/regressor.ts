import type { TableNotes } from '../data/preprocess.js'
import { numericTarget } from '../data/target.js'
import { TargetScaler } from '../data/target-scaler.js'
import { operation } from '../errors/operation.js'
import { introducedRows } from '../inspection.js'
import type { FileOrBytes } from '../io/random-access.js'
import { r2 } from '../metrics/regression.js'
import { type Asking, runLater, runNow } from '../network/certificates/asking.js'
import { subjectOf } from '../network/certificates/subject.js'
import { shownRange } from '../network/result-texts.js'
import type { Range } from '../network/results.js'
import { checkOptions } from '../options/option.js'
import { figure } from '../print.js'
import type { Table, TableInput } from '../tables/table.js'
import type { Monotonicity } from './certificates/monotone.js'
import { monotoneRows } from './certificates/monotone-table.js'
import {
  type EstimatorRangeOptions,
  estimatorRangeOptions,
  type MonotoneOptions,
  monotoneOptions,
} from './certificates/options.js'
import { rangesOfRows } from './certificates/range-table.js'
import { movesWithin } from './certificates/within.js'
import type { TargetEncoder } from './data.js'
import { Estimator } from './estimator.js'
import { type RegressorOptions, regressorOptions } from './estimator-options.js'
import { type RegressorMetrics, regressorMetrics } from './evaluation.js'
import { loadEstimator } from './file.js'
import type { Fitted } from './fits.js'
import { type EstimatorInfluenceOptions, estimatorInfluenceOptions, type Influence, influenceOf } from './influence.js'
import { noteFacts } from './result-texts.js'
import { type RowOrRows, type RowsInput, rowsOf } from './rows.js'

export interface RegressorPrediction extends TableNotes {
  /** In the units of the target, [rows]. */
  values: Float64Array
}

function predictionOf(values: Float64Array, notes: TableNotes): RegressorPrediction {
  const columns = { value: (row: number) => figure(values[row]) }
  return introducedRows('RegressorPrediction', { values, ...notes }, values.length, columns, noteFacts(notes))
}

/** The network is trained on (t - median) / (inter-quartile range / 2), where t is the target or its logarithm. */
export function regression(options: Pick<RegressorOptions, 'loss' | 'targetTransform'>): TargetEncoder<TargetScaler> {
  const { loss, targetTransform } = checkOptions(ownOptions, {
    loss: options.loss,
    targetTransform: options.targetTransform,
  })
  return {
    learn: (table, target) => TargetScaler.learn(table, target, targetTransform),
    shape: () => ({ loss, outputs: 1 }),
    encode: (scaler, table, target) => ({ y: scaler.encode(table, target), weights: null }),
  }
}

const ownOptions = { loss: regressorOptions.loss, targetTransform: regressorOptions.targetTransform }

/** Predicts a number from the other columns of a table. */
export class PsilonRegressor extends Estimator<RegressorOptions, TargetScaler> {
  /** @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_UNSUPPORTED. */
  constructor(options?: RegressorOptions)
  /** @internal */
  constructor(options: RegressorOptions, fitted: Fitted<TargetScaler>)
  constructor(options: RegressorOptions = {}, fitted: Fitted<TargetScaler> | null = null) {
    super('regressor', options, regression, fitted)
  }

  /**
   * Loads what `save` or `toBuffer` of a PsilonRegressor wrote.
   *
   * @param source the path or the URL of a file, or its bytes.
   * @throws PsilonError ERR_FILE, ERR_OPTION, ERR_MEMORY; ERR_MODEL_FILE if it is not a valid file of a PsilonRegressor.
   */
  @operation
  static async load(source: FileOrBytes): Promise<PsilonRegressor> {
    return await loadEstimator(source, 'regressor', ({ options, fitted }) => new PsilonRegressor(options, fitted))
  }

  /** @internal What the network learns of the target, and units of it in a unit of the network's output. */
  get learned(): { text: string; scale: number } {
    const { coding, target } = this.fitted()
    return { text: coding.learnedText(target), scale: coding.scale }
  }

  /**
   * @param rows not a path; to predict a file: `predict(await readTable(path, model.reading))`.
   * @throws PsilonError ERR_NON_FINITE if a prediction exceeds the range of a number.
   */
  @operation
  async predict(rows: RowsInput): Promise<RegressorPrediction> {
    const { fitted, x, unseen, missing } = this.inputs(rows)
    const { data } = await fitted.network.predict(x)
    return predictionOf(fitted.coding.inverse(data), { unseen, missing })
  }

  /**
   * Synchronous predict, for a few rows: on the calling thread alone (docs/serving.md).
   *
   * @param rows one row, an object of cells by column; or rows, as in predict.
   */
  @operation
  predictSync(rows: RowOrRows): RegressorPrediction {
    const { fitted, x, unseen, missing } = this.inputsNow(rows)
    const { data } = fitted.network.predictSync(x)
    return predictionOf(fitted.coding.inverse(data), { unseen, missing })
  }

  /**
   * R2, the share of the target's variance that is explained. The table holds the target.
   *
   * @throws PsilonError ERR_DATA if the target is constant.
   */
  @operation
  async score(table: TableInput | Table): Promise<number> {
    const { predicted, actual, target } = await this.#compare(table)
    return r2(predicted, actual, `the target "${target}"`)
  }

  /** Scores and errors (docs/evaluation.md). The table holds the target. */
  @operation
  async evaluate(table: TableInput | Table): Promise<RegressorMetrics> {
    const { predicted, actual, scale } = await this.#compare(table)
    return regressorMetrics(predicted, actual, scale)
  }

  /**
   * For each column a bound on how far it can move a prediction, in units of the target or, with targetTransform, of its
   * logarithm; most influential first.
   */
  @operation
  influence(options: EstimatorInfluenceOptions = {}): Influence[] {
    return influenceOf(this.fitted(), [0], checkOptions(estimatorInfluenceOptions, options))
  }

  /**
   * Between which values each prediction stays while its row moves, in the units of the target (docs/certificates.md).
   *
   * @throws PsilonError ERR_NON_FINITE if an end exceeds the range of a number.
   */
  @operation
  async range(rows: RowsInput, options: EstimatorRangeOptions = {}): Promise<Range> {
    return await runLater(this.#range(rows, options))
  }

  /** Synchronous range, for a row or a few: on the calling thread alone. */
  @operation
  rangeSync(rows: RowOrRows, options: EstimatorRangeOptions = {}): Range {
    return runNow(this.#range(rowsOf(rows), options))
  }

  *#range(rows: unknown, options: EstimatorRangeOptions): Asking<Range> {
    const { within, fixed, level, budget } = checkOptions(estimatorRangeOptions, options)
    const { fitted, x, table } = this.inputs(rows)
    const { preprocessor, coding, network } = fitted
    const moves = movesWithin(preprocessor, within, fixed)
    const sums = { level, nodes: budget, sumsOf: () => [[1]] }
    const [{ lower, upper }] = yield* rangesOfRows(
      subjectOf(network.mean()),
      { table, preprocessor, x: x.data },
      moves,
      sums,
    )
    return shownRange(coding.inverseRange({ lower, upper }))
  }

  /**
   * Whether the prediction rises or falls with a numeric column while the others stay (docs/certificates.md): for each of
   * the rows, or once, for the whole range of the training data.
   */
  @operation
  async monotone(column: string, options: MonotoneOptions = {}): Promise<Monotonicity[]> {
    const { rows, within, budget } = checkOptions(monotoneOptions, options)
    const { preprocessor, network } = this.fitted()
    const applied = rows === undefined ? null : this.inputs(rows)
    const asked = applied && { table: applied.table, preprocessor, x: applied.x.data }
    return await monotoneRows(
      subjectOf(network.mean()),
      preprocessor,
      asked,
      { column, within, budget },
      {
        sumsOf: () => [[1]],
        predict: async (rows) => (await this.predict(rows)).values,
      },
    )
  }

  async #compare(input: unknown) {
    const { fitted, table, x } = await this.inputsOfTable(input)
    const actual = numericTarget(table, fitted.target)
    const { data } = await fitted.network.predict(x)
    const { coding, target } = fitted
    return { predicted: coding.inverse(data), actual, target, scale: coding.spread }
  }
}
