import type { Command } from 'commander'
import { aligned, count, percent } from '../../print.js'
import { classTable, confusionTable, quantileTable } from '../../report/errors/tables.js'
import { type Scores, scoreTable } from '../../report/scores.js'
import { readOptions } from '../../tables/read-options.js'
import { scoresOf } from '../files/model-scores.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { readingOfFlags, shownName, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { printDocument, printLines } from '../terminal/output.js'

const help = `
Beside the model's scores are those of always predicting the mean, or the base rates, of this file.

Example:
  psilon evaluate model.safetensors houses-2024.csv`

export function addTo(program: Command): void {
  program
    .command('evaluate')
    .summary('score a model on a table')
    .description('Print how well a model predicts the target column of a table.')
    .argument('<model>', 'model file')
    .argument(
      '<file>',
      'CSV or Parquet file with the columns of the training table and the target, or - for standard input',
    )
    .addOption(flagOf(readOptions.decimal))
    .addOption(flagOf(readOptions.missing))
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(evaluate)
}

/** The errors of numbers, or the scores of each class and the confusion matrix. */
function errorLines(scores: Scores): string[] {
  const tables = [quantileTable(scores), classTable(scores), confusionTable(scores)]
  const { calibration } = scores
  return [
    ...tables.flatMap((table) => (table === null ? [] : ['', ...aligned(table)])),
    ...(calibration ? ['', `expected calibration error ${percent(calibration.error)}`] : []),
  ]
}

async function evaluate(path: string, file: string, flags: TableFlags & { json?: boolean }): Promise<void> {
  const { json = false } = flags
  const model = await loadEstimator(path)
  const { target } = model
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const scores = await scoresOf(model, table, table)
  const { unseen, missing } = await model.predict(table)
  if (json) return printDocument({ command: 'evaluate', model: path, file, target, ...scores, unseen, missing })
  warnOfNotes({ unseen, missing })
  printLines([`${count(scores.rows, 'row')} of ${shownName(file)}, target ${target}`, ''])
  printLines(aligned(scoreTable({ model: scores }, target)))
  printLines(errorLines(scores))
}
