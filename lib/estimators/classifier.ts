import { range } from 'd3-array'
import { didYouMean, show } from '../checks.js'
import type { TableNotes } from '../data/preprocess.js'
import { ClassLabels, type ClassWeight, classWeights, type Label } from '../data/target.js'
import { operation } from '../errors/operation.js'
import { Refusal } from '../errors/refusal.js'
import { introducedRows } from '../inspection.js'
import type { FileOrBytes } from '../io/random-access.js'
import { accuracy } from '../metrics/classification.js'
import { type Asking, runLater, runNow } from '../network/certificates/asking.js'
import { type Subject, subjectOf } from '../network/certificates/subject.js'
import { checkLevel } from '../network/options.js'
import { probabilities } from '../network/probabilities.js'
import { shownCertificate, shownRange } from '../network/result-texts.js'
import type { Outputs, Range } from '../network/results.js'
import { checkedLater } from '../options/kinds.js'
import { checkOption, checkOptions, type Declarations } from '../options/option.js'
import { figure } from '../print.js'
import type { Cell } from '../tables/cells.js'
import type { Table, TableInput } from '../tables/table.js'
import { certifyRows, changedRow } from './certificates/certify-table.js'
import type { Monotonicity } from './certificates/monotone.js'
import { monotoneRows } from './certificates/monotone-table.js'
import {
  type ClassifierCertifyOptions,
  type ClassifierMonotoneOptions,
  type ClassifierRangeOptions,
  classifierCertifyOptions,
  classifierMonotoneOptions,
  classifierRangeOptions,
} from './certificates/options.js'
import { rangesOfRows } from './certificates/range-table.js'
import { movesOf, movesWithin } from './certificates/within.js'
import type { TargetEncoder } from './data.js'
import { type Applied, Estimator } from './estimator.js'
import { type ClassifierOptions, classifierOptions } from './estimator-options.js'
import { type ClassifierMetrics, classifierMetrics, classLogits, mostLikely } from './evaluation.js'
import { loadEstimator } from './file.js'
import type { Fitted } from './fits.js'
import { type EstimatorInfluenceOptions, estimatorInfluenceOptions, type Influence, influenceOf } from './influence.js'
import { noteFacts } from './result-texts.js'
import { type RowOrRows, type RowsInput, rowsOf } from './rows.js'

export interface ClassifierPrediction extends TableNotes {
  /** The most probable class of each row, as written in the training table. */
  labels: Label[]
  /** Row-major [rows, classes]; the columns are in the order of `classes`. */
  probabilities: { data: Float64Array; shape: [rows: number, classes: number] }
  classes: readonly Label[]
}

export interface ClassifierCertificate {
  /** The predicted class of each row. */
  labels: Label[]
  /**
   * Every row whose columns differ by less than this many tolerances has the same predicted class; Infinity: whatever the
   * columns are. Without `within`, the tolerance of a numeric column is its standard deviation in training.
   */
  radii: Float64Array
  /** How many tolerances away the counterexample is; Infinity if none is known, as at all levels but 'exact'. */
  upper: Float64Array
  /** Whether radius and distance of the counterexample meet, to 0.5 %. */
  exact: boolean[]
  /** Rows close by that are predicted as another class, in the units of the table; null if none is known. */
  counterexamples: (Record<string, Cell> | null)[]
}

interface InfluenceOptions extends EstimatorInfluenceOptions {
  /** Class whose logit is bounded. Default any class. */
  class?: Label | undefined
}

const influenceOptions = {
  ...estimatorInfluenceOptions,
  class: { kind: checkedLater<Label>('a label'), otherwise: 'any class', sentence: 'Class whose logit is bounded.' },
} satisfies Declarations<InfluenceOptions>

/** For two classes one logit, that of the second class; otherwise one per class. */
export function classification(weight: ClassWeight | undefined): TargetEncoder<ClassLabels> {
  return {
    learn: (table, target, declared) => ClassLabels.learn(table, target, declared),
    shape: ({ labels }) =>
      labels.length === 2 ? { loss: 'bce', outputs: 1 } : { loss: 'softmax', outputs: labels.length },
    encode(labels, table, target) {
      const y = labels.encode(table, target)
      return { y, weights: weight === undefined ? null : classWeights(weight, labels, y) }
    },
  }
}

/** Predicts a class, a text, number or boolean, from the other columns of a table. */
export class PsilonClassifier extends Estimator<ClassifierOptions, ClassLabels> {
  /** @throws PsilonError ERR_OPTION for an unknown option or a value out of its range, ERR_UNSUPPORTED. */
  constructor(options?: ClassifierOptions)
  /** @internal */
  constructor(options: ClassifierOptions, fitted: Fitted<ClassLabels>)
  constructor(options: ClassifierOptions = {}, fitted: Fitted<ClassLabels> | null = null) {
    const declared = classifierOptions.classWeight
    const taskOf = (given: ClassifierOptions) => classification(checkOption('classWeight', declared, given.classWeight))
    super('classifier', options, taskOf, fitted)
  }

  /**
   * Loads what `save` or `toBuffer` of a PsilonClassifier wrote.
   *
   * @param source the path or the URL of a file, or its bytes.
   * @throws PsilonError ERR_FILE, ERR_OPTION, ERR_MEMORY; ERR_MODEL_FILE if it is not a valid file of a PsilonClassifier.
   */
  @operation
  static async load(source: FileOrBytes): Promise<PsilonClassifier> {
    return await loadEstimator(source, 'classifier', ({ options, fitted }) => new PsilonClassifier(options, fitted))
  }

  /** The classes in the order of the probabilities: numbers ascending, then texts by code unit, then false and true. */
  @operation
  get classes(): readonly Label[] {
    return this.fitted().coding.labels
  }

  /** @param rows not a path; to predict a file: `predict(await readTable(path, model.reading))`. */
  @operation
  async predict(rows: RowsInput): Promise<ClassifierPrediction> {
    const applied = this.inputs(rows)
    return predictionOf(applied, await applied.fitted.network.predict(applied.x))
  }

  /**
   * Synchronous predict, for a few rows: on the calling thread alone (docs/serving.md).
   *
   * @param rows one row, an object of cells by column; or rows, as in predict.
   */
  @operation
  predictSync(rows: RowOrRows): ClassifierPrediction {
    const applied = this.inputsNow(rows)
    return predictionOf(applied, applied.fitted.network.predictSync(applied.x))
  }

  /** @internal Row-major [rows, classes]. */
  async logits(rows: RowsInput): Promise<Float64Array> {
    const { fitted, x } = this.inputs(rows)
    return classLogits(await fitted.network.predict(x)).data
  }

  /** Accuracy: the share of rows whose label is right. The table holds the target. */
  @operation
  async score(table: TableInput | Table): Promise<number> {
    const { predicted, actual } = await this.#compare(table)
    return accuracy(predicted, actual)
  }

  /** Scores, errors by class, ROC curves and calibration (docs/evaluation.md). The table holds the target. */
  @operation
  async evaluate(table: TableInput | Table): Promise<ClassifierMetrics> {
    const compared = await this.#compare(table)
    return classifierMetrics(compared, this.classes)
  }

  /** The predicted class of each row, and how far the row can move without changing it (docs/certificates.md). */
  @operation
  async certify(rows: RowsInput, options: ClassifierCertifyOptions = {}): Promise<ClassifierCertificate> {
    return await runLater(this.#certify(rows, options))
  }

  /** Synchronous certify, for a row or a few: on the calling thread alone. */
  @operation
  certifySync(rows: RowOrRows, options: ClassifierCertifyOptions = {}): ClassifierCertificate {
    return runNow(this.#certify(rowsOf(rows), options))
  }

  *#certify(rows: unknown, options: ClassifierCertifyOptions): Asking<ClassifierCertificate> {
    const { within, fixed, budget, ...given } = checkOptions(classifierCertifyOptions, options)
    const { level, bound } = checkLevel(given)
    const { fitted, x, table } = this.inputs(rows)
    const { preprocessor, coding } = fitted
    const moves = movesOf(preprocessor, within, fixed)
    const subject = subjectOf(fitted.network.mean(), bound)
    const search = { level, nodes: budget }
    const certified = yield* certifyRows(subject, { table, preprocessor, x: x.data }, moves, search)
    const changed = certified.counterexamples.map((each, row) => each && changedRow({ table, preprocessor }, row, each))
    const labels = coding.decode(certified.classes)
    const counterexamples = yield* this.#thoseThatFlip(subject, changed, certified.classes)
    const { radii, upper, exact } = certified
    const certificate = { labels, radii, upper, exact, counterexamples }
    return shownCertificate('ClassifierCertificate', certificate, (row) => String(labels[row]))
  }

  /** Between which values the probability of a class stays while its row moves (docs/certificates.md). */
  @operation
  async range(rows: RowsInput, options: ClassifierRangeOptions = {}): Promise<Range> {
    return await runLater(this.#range(rows, options))
  }

  /** Synchronous range, for a row or a few: on the calling thread alone. */
  @operation
  rangeSync(rows: RowOrRows, options: ClassifierRangeOptions = {}): Range {
    return runNow(this.#range(rowsOf(rows), options))
  }

  *#range(rows: unknown, options: ClassifierRangeOptions): Asking<Range> {
    const { within, fixed, level, budget, class: label } = checkOptions(classifierRangeOptions, options)
    const { fitted, x, table } = this.inputs(rows)
    const { preprocessor, coding, network } = fitted
    const moves = movesWithin(preprocessor, within, fixed)
    const subject = subjectOf(network.mean())
    const predicted = yield* subject.classify(x.data, table.rows)
    const classes = label === undefined ? predicted : predicted.fill(indexOf(label, coding))
    const sums = { level, nodes: budget, sumsOf: (row: number) => marginsOf(classes[row], subject.outputs) }
    const margins = yield* rangesOfRows(subject, { table, preprocessor, x: x.data }, moves, sums)
    const end = (side: keyof Range, slack: number) =>
      classes.map((_, row) =>
        chance(
          margins.map((margin) => margin[side][row]),
          slack,
        ),
      )
    return shownRange({ lower: end('lower', -rounding), upper: end('upper', rounding) })
  }

  /**
   * Whether the probability of a class rises or falls with a numeric column while the others stay (docs/certificates.md):
   * for each of the rows, or once, for the whole range of the training data.
   */
  @operation
  async monotone(column: string, options: ClassifierMonotoneOptions = {}): Promise<Monotonicity[]> {
    const { rows, within, budget, class: label } = checkOptions(classifierMonotoneOptions, options)
    const { preprocessor, network, coding } = this.fitted()
    const own = label === undefined ? coding.labels.length - 1 : indexOf(label, coding)
    const applied = rows === undefined ? null : this.inputs(rows)
    const asked = applied && { table: applied.table, preprocessor, x: applied.x.data }
    const subject = subjectOf(network.mean())
    return await monotoneRows(
      subject,
      preprocessor,
      asked,
      { column, within, budget },
      {
        sumsOf: () => marginsOf(own, subject.outputs),
        predict: async (rows) => {
          const { data, shape } = (await this.predict(rows)).probabilities
          return Float64Array.from({ length: shape[0] }, (_, row) => data[row * shape[1] + own])
        },
      },
    )
  }

  /** The rows that are predicted as another class, each by itself. */
  *#thoseThatFlip(
    subject: Subject,
    rows: readonly (Record<string, Cell> | null)[],
    classes: Float64Array,
  ): Asking<(Record<string, Cell> | null)[]> {
    const kept: (Record<string, Cell> | null)[] = []
    for (const [k, row] of rows.entries()) {
      const flips = row !== null && (yield* subject.classify(this.inputs([row]).x.data, 1))[0] !== classes[k]
      kept.push(flips ? row : null)
    }
    return kept
  }

  /**
   * For each column a bound on how far it can move the logit of one class, or of any class, most influential first. For
   * two classes there is one logit, the logarithm of the odds.
   */
  @operation
  influence(options: InfluenceOptions = {}): Influence[] {
    const fitted = this.fitted()
    const { class: label, ...given } = checkOptions(influenceOptions, options)
    const output = label === undefined ? undefined : indexOf(label, fitted.coding)
    const { outputs } = fitted.network.config
    const wanted = outputs === 1 || output === undefined ? range(outputs) : [output]
    return influenceOf(fitted, wanted, given)
  }

  async #compare(input: unknown) {
    const { fitted, table, x } = await this.inputsOfTable(input)
    const actual = fitted.coding.encode(table, fitted.target)
    const { data: logits, shape } = classLogits(await fitted.network.predict(x))
    return { logits, predicted: mostLikely(logits, shape), actual }
  }
}

function predictionOf(
  { fitted, unseen, missing }: Omit<Applied<ClassLabels>, 'table'>,
  outputs: Outputs,
): ClassifierPrediction {
  const { data, shape } = classLogits(outputs)
  const labels = fitted.coding.decode(mostLikely(data, shape))
  const chances = probabilities(data, shape[1], 'softmax') as Float64Array
  const classes = fitted.coding.labels
  const prediction = { labels, probabilities: { data: chances, shape }, classes, unseen, missing }
  const columns = {
    label: (row: number) => String(labels[row]),
    probability: (row: number) => figure(chances[row * shape[1] + classes.indexOf(labels[row])]),
  }
  return introducedRows('ClassifierPrediction', prediction, labels.length, columns, noteFacts(prediction))
}

/** What the rounding of probabilities may change. */
const rounding = 1e-12

/** The probability of a class whose logit exceeds those of the others by these margins: 1 / (1 + sum of e^-margin). */
function chance(margins: readonly number[], slack: number): number {
  const others = margins.reduce((sum, margin) => sum + Math.exp(-margin), 0)
  return Math.min(1, Math.max(0, 1 / (1 + others) + slack))
}

/** The margins of a class over every other, as coefficients of the outputs; a single output is the logit of class 1. */
function marginsOf(own: number, outputs: number): number[][] {
  if (outputs === 1) return [[own === 1 ? 1 : -1]]
  const others = range(outputs).filter((k) => k !== own)
  return others.map((other) => range(outputs).map((k) => Number(k === own) - Number(k === other)))
}

function indexOf(label: unknown, { labels }: ClassLabels): number {
  const names = labels.map(String)
  const k = names.indexOf(String(label))
  if (k >= 0) return k
  const hint = typeof label === 'string' ? didYouMean(label, names) : ''
  throw new Refusal('ERR_OPTION', `class ${show(label)} is not a class of the target${hint}`)
}
