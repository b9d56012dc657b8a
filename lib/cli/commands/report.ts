import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { option, Refusal, words } from '../../errors/refusal.js'
import { fileName } from '../../io/file-error.js'
import { writeFile } from '../../io/write-file.js'
import { load } from '../../load.js'
import { listed } from '../../print.js'
import { layOut } from '../../report/layout.js'
import { type RunRecord, readRecord } from '../../report/record.js'
import { runPage } from '../../report/run-page.js'
import { checkOutput, fileSize, fingerprint, pagePath, recordPath } from '../files/files.js'
import { printDocument, printLines, warn } from '../terminal/output.js'
import { inClone } from './reproduce.js'

const help = `
The page describes the training if its record, MODEL.run.json, is beside the model, where psilon train --out writes it.

Example:
  psilon report model.safetensors`

export function addTo(program: Command): void {
  program
    .command('report')
    .summary('draw a run as one HTML page')
    .description('Draw a run as one self-contained HTML page: curves, scores, bounds, influence, weights.')
    .argument('<run>', 'model file, or a folder with one')
    .option('--out <file>', 'File for the page; by default MODEL.report.html beside the model.')
    .option('--json', 'Print one JSON document.')
    .addHelpText('after', help)
    .action(report)
}

type ReportFlags = { out?: string; json?: boolean }

async function report(run: string, flags: ReportFlags): Promise<void> {
  const names = await readdir(run).catch(() => null)
  if (names === null) return await reportModel(run, flags)
  const models = names.filter((name) => name.endsWith('.safetensors'))
  if (models.length === 1) return await reportModel(join(run, models[0]), flags)
  if (models.length === 0 && names.includes('results.json')) {
    throw inClone(`${run} holds an experiment, whose page is drawn`, `report ${run}`)
  }
  const found = models.length === 0 ? 'no model file' : `${models.length} model files (${listed(models.sort())})`
  const expected = 'expected one, or the path of a file'
  throw new Refusal('ERR_OPTION', `the folder ${run} has ${found}, ${expected}`)
}

async function reportModel(path: string, { out = pagePath(path), json = false }: ReportFlags): Promise<void> {
  const inputs = { 'the model': path, 'the record of the model': recordPath(path) }
  await checkOutput(words`${option('out')} is ${out}`, out, inputs)
  const model = await load(path)
  const record = await recordOf(path)
  const run = { file: basename(path), bytes: await fileSize(path), model, record }
  await writeFile(out, await layOut(runPage(run)))
  if (json) printDocument({ command: 'report', model: path, record: record === null ? null : recordPath(path), out })
  else printLines([out])
}

/** The record beside a model; null if there is none, or it describes another model. */
async function recordOf(model: string): Promise<RunRecord | null> {
  const path = recordPath(model)
  const record = await readRecord(path)
  if (record === null) return null
  if (record.model.sha256 === (await fingerprint(model))) return record
  warn(`${fileName(path)} describes another model than ${fileName(model)}, so it is left out`)
  return null
}
