import type { Preprocessor } from '../../data/preprocess.js'
import { floats } from '../../network/certificates/subject.js'
import type { Floats } from '../../realms.js'
import type { Dtype } from '../../words.js'
import { movingColumns, writeInterval } from './table-cases.js'
import { rangeOf } from './within.js'

/**
 * The inputs of all rows whose numeric columns are within the range of the training rows; marks and levels may have any
 * value from 0 to 1.
 *
 * @throws Refusal ERR_UNSUPPORTED for a model of an earlier version.
 */
export function boxOfData(preprocessor: Preprocessor, dtype: Dtype): { lower: Floats; upper: Floats } {
  const { columns, features } = preprocessor
  const [lower, upper] = [floats({ dtype }, features.length), floats({ dtype }, features.length).fill(1)]
  const numeric = columns.flatMap((column) => (column.kind === 'numeric' ? [column] : []))
  movingColumns(columns, new Set(numeric.map(({ name }) => name))).forEach((column, k) => {
    writeInterval(column, rangeOf(numeric[k]), { lower, upper }, 0)
  })
  return { lower, upper }
}
