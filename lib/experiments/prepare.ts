import { splitInFileOrder } from '../data/file-order.js'
import { Preprocessor } from '../data/preprocess.js'
import type { ScalingKind } from '../data/scaling.js'
import type { Table } from '../data/table.js'
import { ClassLabels, numericTarget, TargetScaler } from '../data/target.js'
import { type DataSet, fingerprintOf, type Rows } from './data-sets.js'
import { kindOf, type TableTask, target } from './requirements.js'

/**
 * The published split and preparation: the first rows train, of the rest the first half tests, the second half
 * validates. Numeric columns are scaled by the training rows, standardised unless told otherwise, categories are one
 * input a level, a regression target is (y - median) / (IQR / 2) of the training rows.
 */
export function prepare(
  name: string,
  table: Table,
  { trainRows, scaling }: { trainRows: number; scaling?: ScalingKind },
): DataSet {
  const parts = splitInFileOrder(table, trainRows)
  const task = kindOf(table) === 'regression' ? 'regression' : 'binary'
  const preprocessor = Preprocessor.learn(parts.train, { target, scaling })
  const targets = targetsOf(task, parts.train)
  const rows = (part: Table): Rows => {
    const { data, rows, columns } = preprocessor.transform(part, 'float64').x
    return { x: { data, shape: [rows, columns] }, y: targets(part) }
  }
  const [train, test, validation] = [rows(parts.train), rows(parts.test), rows(parts.validation)]
  const fingerprint = fingerprintOf([train, test, validation])
  const inputs = preprocessor.features.length
  return { name, task, inputs, outputs: 1, train, test, validation, fingerprint }
}

function targetsOf(task: TableTask, train: Table): (part: Table) => Float64Array {
  if (task === 'binary') {
    const labels = ClassLabels.learn(train, target)
    return (part) => Float64Array.from(labels.encode(part, target))
  }
  const scaler = TargetScaler.learn(numericTarget(train, target), target)
  return (part) => Float64Array.from(scaler.transform(numericTarget(part, target), 'float64'))
}
