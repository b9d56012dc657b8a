import { native } from '../core/native.js'
import { folds } from '../data/split.js'
import type { ClassLabels } from '../data/target.js'
import type { TargetScaler } from '../data/target-scaler.js'
import { taskOf } from '../data/task.js'
import { Caller } from '../errors/caller.js'
import { option, placed, Refusal, unspoken, words } from '../errors/refusal.js'
import { TrainingRun, type WholeRunControl } from '../fit/run.js'
import { checkOptions, readOptions, type Values } from '../options/option.js'
import { count, listed } from '../print.js'
import { columnOf, readTable, selectRows, type Table, type TableInput } from '../tables/table.js'
import { constantBaseline } from './baselines/constant.js'
import { linearBaseline } from './baselines/linear.js'
import { PsilonClassifier } from './classifier.js'
import { type CrossValidationOptions, crossValidationOptions } from './cross-validation-options.js'
import { type CrossValidation, type FoldResult, OutOfFold, summaryOfFolds } from './cross-validation-summary.js'
import { type FitData, hasClasses, readFitData } from './data.js'
import { metricValues } from './metric.js'
import type { Model } from './models.js'
import { PsilonRegressor } from './regressor.js'
import { copiedOptions, estimatorSettings } from './settings.js'
import { taskEncoder } from './task-encoder.js'

/**
 * Trains an estimator on all folds of a table but one, in turn, and judges it on that one: scores of each fold with their
 * mean and deviation, and a prediction of every row by models that never saw it. For classes, the folds keep their
 * proportions. The same options give the same bits, for any number of threads.
 *
 * @returns the run: a promise of the result, an async iterator of the folds as they end, and `cancel()`, which keeps the
 * folds that have ended. Never throws: any error rejects the run.
 * @throws PsilonError ERR_OPTION; ERR_DATA for more folds than rows, or than rows of a class; otherwise as `fit`, with the fold.
 */
export function crossValidate(
  table: TableInput | Table,
  options: CrossValidationOptions,
): TrainingRun<FoldResult, CrossValidation> {
  const speaker = { operation: 'crossValidate', caller: new Caller(crossValidate) }
  const work = async (control: WholeRunControl<FoldResult>) => {
    const { signal, ...given } = readOptions(crossValidationOptions, options)
    control.follow(signal)
    return validate(table, checkOptions(crossValidationOptions, given), control)
  }
  return new TrainingRun(work, speaker)
}

type Checked = Values<typeof crossValidationOptions>
type Data = FitData<TargetScaler | ClassLabels>

async function validate(
  input: unknown,
  options: Checked,
  { emit, stop }: Pick<WholeRunControl<FoldResult>, 'emit' | 'stop'>,
): Promise<CrossValidation> {
  const table = await readTable(input)
  const { target, sampleWeight, repeats, seed } = options
  const task = options.task ?? taskOf(columnOf(table, target, 'target')).task
  const estimator = copiedOptions(options.estimator ?? {})
  // refuses an option of the other task
  const modelOf = () => (task === 'regression' ? new PsilonRegressor(estimator) : new PsilonClassifier(estimator))
  unspoken(() => modelOf().dispose())
  const given = { table, options: { target, sampleWeight } }
  const data = await readFitData(given, taskEncoder(task, estimator), estimatorSettings(estimator))
  checkRows(data, options)
  const known = new OutOfFold(data.coding, table.rows)
  const results: FoldResult[] = []
  for (let repeat = 0; repeat < repeats && !stop.aborted; repeat++) {
    for (const [fold, { train, validation: test }] of foldsOf(data, options, seed + repeat).entries()) {
      if (stop.aborted) break
      const model = modelOf()
      try {
        const weights = typeof sampleWeight === 'object' ? Array.from(train, (i) => sampleWeight[i]) : sampleWeight
        const rows = { table, train, test, weights }
        const result = await judge(model, rows, { repeat, fold, target }, known, stop)
        if (result === null) break
        results.push(result)
        emit(() => result)
      } catch (error) {
        throw placed(error, `fold ${fold + 1} of ${options.folds}${repeats === 1 ? '' : `, repeat ${repeat + 1}`}`)
      } finally {
        model.dispose()
      }
    }
  }
  return summaryOfFolds(results, known, { target, planned: repeats * options.folds })
}

function foldsOf({ rows, loss }: Data, options: Checked, seed: number) {
  const classes = hasClasses(loss) ? rows.y : undefined
  return folds(rows.table.rows, options.folds, {
    seed,
    permutation: native.permutation,
    classes,
    weights: rows.weights,
  })
}

/** @throws Refusal ERR_DATA if a fold would lack a class, or would have no row. */
function checkRows({ rows, loss, coding }: Data, { folds }: Checked): void {
  const judging = Array.from({ length: rows.table.rows }, (_, i) => i).filter((i) => rows.weights?.[i] !== 0)
  const remedy = (most: number) => (most < 2 ? '' : words`; give ${option('folds')} of at most ${most}`)
  if (judging.length < folds) {
    const found = `${folds} folds need at least ${folds} rows, the table has ${judging.length} with a weight above 0`
    throw new Refusal('ERR_DATA', words`${found}${remedy(judging.length)}`)
  }
  if (!hasClasses(loss) || !('labels' in coding)) return
  const counts = coding.labels.map(() => 0)
  for (const i of judging) counts[rows.y[i]]++
  const few = coding.labels.flatMap((label, k) => (counts[k] < folds ? [`${label} has ${counts[k]}`] : []))
  if (few.length === 0) return
  const need = `${folds} folds need at least ${count(folds, 'row')} of each class, but class`
  throw new Refusal('ERR_DATA', words`${need} ${listed(few)}${remedy(Math.min(...counts))}`)
}

interface Rows {
  table: Table
  train: Uint32Array
  test: Uint32Array
  weights: string | ArrayLike<number> | undefined
}

/** Trains on a fold's rows and judges on the others; null if it was cancelled. */
async function judge(
  model: Model,
  rows: Rows,
  { repeat, fold, target }: { repeat: number; fold: number; target: string },
  known: OutOfFold,
  stop: AbortSignal,
): Promise<FoldResult | null> {
  const [train, test] = [selectRows(rows.table, rows.train), selectRows(rows.table, rows.test)]
  const run = model.fit(train, { target, sampleWeight: rows.weights })
  const cancel = () => run.cancel()
  stop.addEventListener('abort', cancel)
  const summary = await run.finally(() => stop.removeEventListener('abort', cancel))
  if (summary.stopped === 'cancelled') return null
  const evaluated = await model.evaluate(test)
  await known.add(model, test, rows.test)
  const linear = linearBaseline(model, train)?.(test)
  const { lambda, encoding, hidden, sparsity, seconds } = summary
  return {
    ...{ repeat, fold, rows: { train: train.rows, test: test.rows } },
    scores: metricValues(evaluated),
    baseline: constantBaseline(model, test, train, evaluated),
    ...(linear && { linear }),
    ...{ lambda, encoding, hidden, sparsity, pathNorm: model.pathNorm(), seconds },
  }
}
