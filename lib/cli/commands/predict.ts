import type { Command } from 'commander'
import { range } from 'd3-array'
import { option, words } from '../../errors/refusal.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import type { PsilonRegressor } from '../../estimators/regressor.js'
import { writeFile } from '../../io/write-file.js'
import { count } from '../../print.js'
import { csvText } from '../../tables/csv-text.js'
import { readOptions } from '../../tables/read-options.js'
import type { Table } from '../../tables/table.js'
import { checkOutput } from '../files/files.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { readingOfFlags, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { besides, keptColumns, keptNames } from '../predict/kept.js'
import { printCsv, printDocument, printLines } from '../terminal/output.js'

const help = `
The CSV has a column with the name of the target and, for a classifier, a column p(CLASS) with the probability of each class.
Columns that --keep names stand before them, as they are in the table; if the target is one of them, the prediction is in
predicted_TARGET.

Examples:
  psilon predict model.safetensors new.csv > predictions.csv
  psilon predict model.safetensors new.csv --keep id,name --out predictions.csv`

export function addTo(program: Command): void {
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
    .option('--keep <columns...>', 'Columns of the table to keep beside the predictions; all for every column.')
    .option('--out <file>', 'File for the predictions, as CSV; by default they are printed.')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(predict)
}

interface PredictFlags extends TableFlags {
  keep?: string[]
  out?: string
  json?: boolean
}

async function predict(path: string, file: string, flags: PredictFlags): Promise<void> {
  const { json = false, out } = flags
  if (out !== undefined)
    await checkOutput(words`${option('out')} is ${out}`, out, {
      'the model': path,
      'the table': file === '-' ? undefined : file,
    })
  const model = await loadEstimator(path)
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const kept = keptColumns(keptNames(flags.keep, table), table)
  const { fields, predicted, notes } =
    model instanceof PsilonClassifier ? await classes(model, table) : await values(model, table)
  const { head, cells } = besides(kept, predicted)
  if (out !== undefined) await writeFile(out, csvText(head, table.rows, cells))
  if (json) {
    const columns = kept.head.map((name, k) => [name, range(table.rows).map((row) => kept.cells(row)[k])])
    const more = { ...(columns.length > 0 && { kept: Object.fromEntries(columns) }), ...(out !== undefined && { out }) }
    return printDocument({ command: 'predict', model: path, file, target: model.target, ...fields, ...more, ...notes })
  }
  warnOfNotes(notes)
  if (out === undefined) await printCsv(head, table.rows, cells)
  else printLines([`${out}: ${count(table.rows, 'prediction')} of ${model.target}`])
}

async function values(model: PsilonRegressor, table: Table) {
  const { values, ...notes } = await model.predict(table)
  return {
    fields: { values: Array.from(values) },
    predicted: { head: [model.target], cells: (row: number) => [values[row]] },
    notes,
  }
}

async function classes(model: PsilonClassifier, table: Table) {
  const { labels, probabilities, classes, ...notes } = await model.predict(table)
  const { data, shape } = probabilities
  const chances = (row: number) => Array.from(data.subarray(row * shape[1], (row + 1) * shape[1]))
  return {
    fields: { classes, labels, probabilities: labels.map((_, row) => chances(row)) },
    predicted: {
      head: [model.target, ...classes.map((label) => `p(${label})`)],
      cells: (row: number) => [labels[row], ...chances(row)],
    },
    notes,
  }
}
