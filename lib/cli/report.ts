import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { PsilonError } from '../errors.js'
import { fileName } from '../io/file-error.js'
import { writeText } from '../io/text-file.js'
import { load } from '../load.js'
import { listed } from '../print.js'
import { type Figures, figuresOf, type Run } from '../report/figures.js'
import { renderPage } from '../report/page.js'
import { readRecord } from '../report/read-record.js'
import type { RunRecord } from '../report/record.js'
import { checkFolder, fileSize } from './files.js'
import { printDocument, printLines, warn } from './output.js'
import { fingerprint, pagePath, recordPath } from './run-files.js'

const help = `
The page tells of the training where the record is beside the model, as psilon train --out leaves it: MODEL.run.json.

Example:
  psilon report model.safetensors`

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('draw a run as one HTML page')
    .description('Draw a run as one HTML page that needs no network: curves, scores, bounds, influence, weights.')
    .argument('<run>', 'model file, or a folder with one')
    .option('--out <file>', 'where to write the page (default: beside the model, as MODEL.report.html)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(report)
}

async function report(run: string, flags: { out?: string; json?: boolean }): Promise<void> {
  const path = await modelOf(run)
  const { out = pagePath(path), json = false } = flags
  if (resolve(out) === resolve(path)) {
    throw new PsilonError('ERR_OPTION', `[report] --out is ${out}, which is the model, expected another file`)
  }
  await checkFolder(out, 'report')
  const model = await load(path)
  const record = await recordOf(path)
  await writePage(out, { file: basename(path), bytes: await fileSize(path), model, record })
  if (json) printDocument({ command: 'report', model: path, record: record === null ? null : recordPath(path), out })
  else printLines([out])
}

export const writePage = (path: string, run: Run): Promise<void> => writeFigures(path, figuresOf(run))

/** @throws PsilonError ERR_UNSUPPORTED where the optional packages that draw charts are not installed. */
export async function writeFigures(path: string, figures: Figures): Promise<void> {
  await writeText('report', path, await renderPage(figures))
}

/** A run is its model file, or the folder that has that one model. */
async function modelOf(run: string): Promise<string> {
  const names = await readdir(run).catch(() => null)
  if (names === null) return run
  const models = names.filter((name) => name.endsWith('.safetensors'))
  if (models.length === 1) return join(run, models[0])
  const found = models.length === 0 ? 'no model file' : `${models.length} model files (${listed(models.sort())})`
  throw new PsilonError('ERR_OPTION', `[report] the folder ${run} has ${found}, expected one, or the path of a file`)
}

/** The record beside a model; null where there is none, or it is that of another model. */
async function recordOf(model: string): Promise<RunRecord | null> {
  const path = recordPath(model)
  const record = await readRecord(path)
  if (record === null) return null
  if (record.model.sha256 === (await fingerprint(model, 'report'))) return record
  warn(`${fileName(path)} tells of another model than ${fileName(model)}, so it is left out`)
  return null
}
