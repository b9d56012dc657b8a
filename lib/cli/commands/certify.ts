import type { Command } from 'commander'
import { Refusal } from '../../errors/refusal.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import { fileName } from '../../io/file-error.js'
import { boundOptions } from '../../network/options.js'
import { readOptions } from '../../tables/read-options.js'
import type { Bound } from '../../words.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { readingOfFlags, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { printCsv, printDocument } from '../terminal/output.js'

const help = `
Every row within the radius has the same predicted class: a row in which each numeric column differs by less than the
radius times the column's deviation in the training rows, or its step (psilon inspect prints them). Infinity, in JSON null:
every row has this class.

Example:
  psilon certify model.safetensors new.csv`

export function addCertify(program: Command): void {
  program
    .command('certify')
    .summary('print how far each row can move without changing its class')
    .description('Print the predicted class of each row of a CSV file, and the radius within which it cannot change.')
    .argument('<model>', 'model file of a classifier')
    .argument('<file>', 'CSV file with the columns of the training table, or - for standard input')
    .addOption(flagOf(boundOptions.bound))
    .addOption(flagOf(readOptions.decimal))
    .addOption(flagOf(readOptions.missing))
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(certify)
}

type CertifyFlags = TableFlags & { bound?: Bound; json?: boolean }

async function certify(path: string, file: string, flags: CertifyFlags): Promise<void> {
  const { bound, json = false } = flags
  const model = await loadEstimator(path)
  if (!(model instanceof PsilonClassifier)) {
    const message = `${fileName(path)} predicts the number "${model.target}", expected a model that predicts a class`
    throw new Refusal('ERR_UNSUPPORTED', message)
  }
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const { labels, radii } = await model.certify(table, { bound })
  const { unseen, missing } = await model.predict(table)
  const result = { target: model.target, labels, radii: Array.from(radii), unseen, missing }
  if (json) return printDocument({ command: 'certify', model: path, file, ...result })
  warnOfNotes(result)
  await printCsv([model.target, 'radius'], labels.length, (row) => [labels[row], radii[row]])
}
