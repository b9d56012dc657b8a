import { resolve } from 'node:path'
import type { Command } from 'commander'
import { option, Refusal, words } from '../../errors/refusal.js'
import { classifierCertifyOptions } from '../../estimators/certificates/options.js'
import { PsilonClassifier } from '../../estimators/classifier.js'
import { fileName } from '../../io/file-error.js'
import { removeFile, writeFile } from '../../io/write-file.js'
import { checkLevel } from '../../network/options.js'
import { actualClasses, figuresOf } from '../../report/certificates/figures.js'
import type { CertifyRun } from '../../report/certificates/page.js'
import { chartDrawer } from '../../report/svg.js'
import { csvText } from '../../tables/csv-text.js'
import { readOptions } from '../../tables/read-options.js'
import type { Table } from '../../tables/table.js'
import type { Bound, Level } from '../../words.js'
import { answersOf, counterexamplesText } from '../certify/answers.js'
import { type CertifyFiles, summaryLines } from '../certify/summary.js'
import { withinOf } from '../certify/within.js'
import { checkOutput, counterexamplesPath } from '../files/files.js'
import { loadEstimator, warnOfNotes } from '../files/models.js'
import { namesOf, readingOfFlags, shownName, type TableFlags, tableOf } from '../files/tables.js'
import { flagOf } from '../flags/option-flags.js'
import { printCsv, printDocument, printLines } from '../terminal/output.js'

const help = `
Every row within the radius has the same predicted class. Without --within that is a row in which each numeric column differs
by less than the radius times the column's deviation in the training rows, or its step (psilon inspect prints them). With
--within the radius is a multiple of the tolerances: 1.7 means safe up to 1.7 times as far. A tolerance is a number in the
column's units, a share of the value (2%), deviations (0.5sd), or levels (A|B). Infinity, in JSON null: every row has this
class.

With --out the answers go to that file and counterexamples beside it, with --report a page shows them; then the share of rows
that are certain is printed.

Examples:
  psilon certify model.safetensors new.csv
  psilon certify model.safetensors new.csv --level exact --within temperature=0.5,pressure=2% --out answers.csv --report certificates.html`

export function addTo(program: Command): void {
  const command = program
    .command('certify')
    .summary('print how far each row can move without changing its class')
    .description('Print the predicted class of each row of a table, and the radius within which it cannot change.')
    .argument('<model>', 'model file of a classifier')
    .argument('<file>', 'CSV or Parquet file with the columns of the training table, or - for standard input')
  for (const declared of Object.values(classifierCertifyOptions)) command.addOption(flagOf(declared))
  command
    .addOption(flagOf(readOptions.decimal))
    .addOption(flagOf(readOptions.missing))
    .option('--out <file>', 'File for the answers, as CSV.')
    .option('--report <file>', 'File for a page: certain rows, radii, the least certain rows and what would flip them.')
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
  report?: string
  json?: boolean
}

async function certify(path: string, file: string, flags: CertifyFlags): Promise<void> {
  await checkOutputs(path, file, flags)
  const run = await runOf(path, file, flags)
  const { model, table, certificate, unseen, missing } = run
  const { head, cells } = answersOf(model.target, certificate)
  const files = await writeFiles(run, flags)
  const figures = figuresOf(run)
  if (flags.json) {
    const { labels, exact, counterexamples } = certificate
    const radii = { radii: Array.from(certificate.radii), upper: Array.from(certificate.upper) }
    const result = { target: model.target, labels, ...radii, exact, counterexamples, unseen, missing }
    const globalRadii = Array.from(run.global)
    return printDocument({ command: 'certify', model: path, file, ...result, globalRadii, summary: figures, files })
  }
  warnOfNotes({ unseen, missing })
  if (flags.out === undefined && flags.report === undefined) return await printCsv(head, table.rows, cells)
  printLines(summaryLines(figures, { file, within: flags.within }, files))
}

/** Checks before the work begins that its files can be written, and its charts drawn. */
async function checkOutputs(model: string, file: string, { out, report }: CertifyFlags): Promise<void> {
  const inputs = { 'the model': model, 'the table': file === '-' ? undefined : file }
  const answers = out === undefined ? [] : [out, counterexamplesPath(out)]
  for (const path of answers) await checkOutput(words`${option('out')} is ${out as string}`, path, inputs)
  if (report === undefined) return
  await checkOutput(words`${option('report')} is ${report}`, report, inputs)
  if (answers.some((path) => resolve(path) === resolve(report))) {
    const message = words`${option('report')} is ${report}, which ${option('out')} writes, expected another file`
    throw new Refusal('ERR_OPTION', message)
  }
  await chartDrawer()
}

async function runOf(path: string, file: string, flags: CertifyFlags): Promise<CertifyRun> {
  const model = await loadEstimator(path)
  if (!(model instanceof PsilonClassifier)) {
    const message = `${fileName(path)} predicts the number "${model.target}", expected a model that predicts a class`
    throw new Refusal('ERR_UNSUPPORTED', message)
  }
  const table = await tableOf(file, readingOfFlags(flags, model.reading))
  const { budget = classifierCertifyOptions.budget.default } = flags
  const within = flags.within === undefined ? undefined : withinOf(flags.within, model)
  const fixed = flags.fixed === undefined ? [] : namesOf('fixed', flags.fixed, table)
  const moves = { within, fixed: flags.fixed && fixed }
  const certificate = await model.certify(table, { ...moves, level: flags.level, bound: flags.bound, budget })
  const { level, bound } = checkLevel(flags)
  const global = level === 'global' ? certificate.radii : await globalRadii(model, table, moves)
  const { unseen, missing } = await model.predict(table)
  const files = { model: fileName(path), table: shownName(file) }
  const actual = actualClasses(table, model.target)
  return { model, table, files, level, bound, budget, within, fixed, certificate, global, actual, unseen, missing }
}

const globalRadii = async (
  model: PsilonClassifier,
  table: Table,
  moves: Pick<CertifyRun, 'within'> & { fixed?: string[] },
): Promise<Float64Array> => (await model.certify(table, { ...moves, level: 'global' })).radii

async function writeFiles(run: CertifyRun, { out, report }: CertifyFlags): Promise<CertifyFiles> {
  const { model, table, certificate } = run
  const files: CertifyFiles = { answers: null, counterexamples: null, report: null }
  if (out !== undefined) {
    const { head, cells } = answersOf(model.target, certificate)
    await removeFile(counterexamplesPath(out)) // those of an earlier run do not belong to these answers
    await writeFile(out, csvText(head, table.rows, cells))
    files.answers = out
    const flips = counterexamplesText(table, certificate.counterexamples)
    if (flips !== null) {
      await writeFile(counterexamplesPath(out), flips)
      files.counterexamples = counterexamplesPath(out)
    }
  }
  if (report !== undefined) {
    const { layOut } = await import('../../report/layout.js')
    const { certificatePage } = await import('../../report/certificates/page.js')
    await writeFile(report, await layOut(await certificatePage(run)))
    files.report = report
  }
  return files
}
