import type { Command } from 'commander'
import { option, Refusal, words } from '../../errors/refusal.js'
import { classifierCertifyOptions } from '../../estimators/certificates/options.js'
import type { Within } from '../../estimators/certificates/within.js'
import { type ClassifierCertificate, PsilonClassifier } from '../../estimators/classifier.js'
import { fileName } from '../../io/file-error.js'
import { writeFile } from '../../io/write-file.js'
import { aligned, count, percent } from '../../print.js'
import { readOptions } from '../../tables/read-options.js'
import { readingOfTable, type Table } from '../../tables/table.js'
import type { Bound, Level } from '../../words.js'
import { checkOutput, counterexamplesPath } from '../files/files.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { listOf, namesOf, readingOfFlags, shownName, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { csvText, printCsv, printDocument, printLines } from '../terminal/output.js'

const help = `
Every row within the radius has the same predicted class. Without --within that is a row in which each numeric column differs
by less than the radius times the column's deviation in the training rows, or its step (psilon inspect prints them). With
--within the radius is a multiple of the tolerances: 1.7 means safe up to 1.7 times as far. A tolerance is a number in the
column's units, a share of the value (2%), deviations (0.5sd), or levels (A|B). Infinity, in JSON null: every row has this
class.

With --out the answers go to that file, counterexamples beside it, and the share of rows that are certain is printed.

Examples:
  psilon certify model.safetensors new.csv
  psilon certify model.safetensors new.csv --level exact --within temperature=0.5,pressure=2% --out answers.csv`

export function addCertify(program: Command): void {
  const command = program
    .command('certify')
    .summary('print how far each row can move without changing its class')
    .description('Print the predicted class of each row of a CSV file, and the radius within which it cannot change.')
    .argument('<model>', 'model file of a classifier')
    .argument('<file>', 'CSV file with the columns of the training table, or - for standard input')
  for (const declared of Object.values(classifierCertifyOptions)) command.addOption(flagOf(declared))
  command
    .addOption(flagOf(readOptions.decimal))
    .addOption(flagOf(readOptions.missing))
    .option('--out <file>', 'File for the answers, as CSV.')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(certify)
}

interface CertifyFlags extends TableFlags {
  level?: Level
  bound?: Bound
  budget?: number
  within?: string
  fixed?: string[]
  out?: string
  json?: boolean
}

async function certify(path: string, file: string, flags: CertifyFlags): Promise<void> {
  const { level, bound, budget, out, json = false } = flags
  if (out !== undefined) await checkOutputs(out, path, file)
  const model = await loadEstimator(path)
  if (!(model instanceof PsilonClassifier)) {
    const message = `${fileName(path)} predicts the number "${model.target}", expected a model that predicts a class`
    throw new Refusal('ERR_UNSUPPORTED', message)
  }
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const within = flags.within === undefined ? undefined : withinOf(flags.within, model)
  const fixed = flags.fixed && namesOf('fixed', flags.fixed, table)
  const certificate = await model.certify(table, { level, bound, budget, within, fixed })
  const { unseen, missing } = await model.predict(table)
  const { labels, exact, counterexamples } = certificate
  const [radii, upper] = [Array.from(certificate.radii), Array.from(certificate.upper)]
  const answers = answersOf(model.target, certificate)
  const flips = counterexampleTable(table, counterexamples, readingOfTable(table).decimal)
  if (out !== undefined) await writeFile(out, csvText(answers.head, labels.length, answers.cells))
  if (out !== undefined && flips !== null) await writeFile(counterexamplesPath(out), flips)
  if (json) {
    const result = { target: model.target, labels, radii, upper, exact, counterexamples, unseen, missing }
    return printDocument({ command: 'certify', model: path, file, ...result })
  }
  warnOfNotes({ unseen, missing })
  if (out === undefined) return await printCsv(answers.head, labels.length, answers.cells)
  printLines(summary(certificate, { file, within: flags.within, out, flips: flips !== null }))
}

async function checkOutputs(out: string, model: string, file: string): Promise<void> {
  const inputs = { 'the model': model, 'the table': file === '-' ? undefined : file }
  for (const path of [out, counterexamplesPath(out)]) await checkOutput(words`${option('out')} is ${out}`, path, inputs)
}

/** `temperature=0.5,pressure=2%,valve=A|B` */
function withinOf(text: string, model: PsilonClassifier): Within {
  const entries = listOf('within', text).map((part): [string, Within[string]] => {
    const [, name, tolerance] = /^(.+)=([^=]*)$/s.exec(part) ?? []
    if (name === undefined) {
      const found = words`${option('within')} has ${JSON.stringify(part)}, expected COLUMN=TOLERANCE`
      throw new Refusal('ERR_OPTION', found)
    }
    const levels = model.features.some(({ column, kind }) => column === name && kind === 'level')
    if (levels) return [name, tolerance.split('|')]
    return [name, tolerance.trim() === '' || Number.isNaN(Number(tolerance)) ? tolerance : Number(tolerance)]
  })
  return Object.fromEntries(entries)
}

/** Both sides where a counterexample may be known. */
function answersOf(target: string, { labels, radii, upper, exact, counterexamples }: ClassifierCertificate) {
  const both = counterexamples.some((each) => each !== null)
  const head = both ? [target, 'radius', 'upper', 'exact'] : [target, 'radius']
  const cells = (row: number): unknown[] =>
    both ? [labels[row], radii[row], upper[row], exact[row]] : [labels[row], radii[row]]
  return { head, cells }
}

/** The counterexamples with the columns of the table, read as it was, and the row, from 1, to which each belongs; null if there are none. */
function counterexampleTable(
  { names }: Table,
  counterexamples: ClassifierCertificate['counterexamples'],
  decimal: '.' | ',',
): string | null {
  const found = counterexamples.flatMap((each, row) => (each === null ? [] : [{ each, row: row + 1 }]))
  if (found.length === 0) return null
  const head = names.includes('row') ? names : ['row', ...names]
  const written = (cell: unknown) => (typeof cell === 'number' ? String(cell).replace('.', decimal) : (cell ?? ''))
  const cells = (k: number): unknown[] => head.map((name) => written({ row: found[k].row, ...found[k].each }[name]))
  return csvText(head, found.length, cells)
}

/** Multiples of the tolerances, or of deviations, at which the share of certain rows is printed. */
const multiples = { within: [0.25, 0.5, 1, 1.5, 2, 3, 5], deviations: [0.01, 0.03, 0.1, 0.3, 1, 3] }

function summary(
  { radii, upper }: ClassifierCertificate,
  { file, within, out, flips }: { file: string; within: string | undefined; out: string; flips: boolean },
): string[] {
  const share = (is: (row: number) => boolean) => percent(radii.filter((_, row) => is(row)).length / radii.length)
  const at = within === undefined ? multiples.deviations : multiples.within
  const unit = within === undefined ? 'deviations' : `times ${within}`
  const rows = at.map((multiple) => [
    String(multiple),
    share((row) => radii[row] >= multiple),
    share((row) => upper[row] < multiple),
  ])
  return [
    `${count(radii.length, 'row')} of ${shownName(file)}, moves in ${unit}`,
    '',
    ...aligned([['moves up to', 'class certain', 'class changes'], ...rows]),
    '',
    `answers in ${out}${flips ? `, counterexamples in ${counterexamplesPath(out)}` : ''}`,
  ]
}
