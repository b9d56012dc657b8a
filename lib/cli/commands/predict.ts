import type { Command } from 'commander'
import { PsilonClassifier } from '../../estimators/classifier.js'
import type { PsilonRegressor } from '../../estimators/regressor.js'
import { readOptions } from '../../tables/read-options.js'
import type { Table } from '../../tables/table.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { readingOfFlags, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { printCsv, printDocument } from '../terminal/output.js'

const help = `
The CSV has a column with the name of the target and, for a classifier, a column p(CLASS) with the probability of each class.

Example:
  psilon predict model.safetensors new.csv > predictions.csv`

export function addPredict(program: Command): void {
  program
    .command('predict')
    .summary('predict the rows of a table')
    .description('Print a prediction for each row of a table, as CSV, in the order of the rows.')
    .argument('<model>', 'model file')
    .argument(
      '<file>',
      'CSV or Parquet file with the columns of the training table, or - for standard input; the target may be missing',
    )
    .addOption(flagOf(readOptions.decimal))
    .addOption(flagOf(readOptions.missing))
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(predict)
}

async function predict(path: string, file: string, flags: TableFlags & { json?: boolean }): Promise<void> {
  const { json = false } = flags
  const model = await loadEstimator(path)
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const { fields, head, cells, notes } =
    model instanceof PsilonClassifier ? await classes(model, table) : await values(model, table)
  if (json) return printDocument({ command: 'predict', model: path, file, target: model.target, ...fields, ...notes })
  warnOfNotes(notes)
  await printCsv(head, table.rows, cells)
}

async function values(model: PsilonRegressor, table: Table) {
  const { values, ...notes } = await model.predict(table)
  return {
    fields: { values: Array.from(values) },
    head: [model.target],
    cells: (row: number): unknown[] => [values[row]],
    notes,
  }
}

async function classes(model: PsilonClassifier, table: Table) {
  const { labels, probabilities, classes, ...notes } = await model.predict(table)
  const { data, shape } = probabilities
  const chances = (row: number) => Array.from(data.subarray(row * shape[1], (row + 1) * shape[1]))
  return {
    fields: { classes, labels, probabilities: labels.map((_, row) => chances(row)) },
    head: [model.target, ...classes.map((label) => `p(${label})`)],
    cells: (row: number): unknown[] => [labels[row], ...chances(row)],
    notes,
  }
}
