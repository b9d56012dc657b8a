import { basename } from 'node:path'
import { joined, option, Refusal, refusalOf, textOf, words } from '../../errors/refusal.js'
import type { Model } from '../../estimators/models.js'
import { writeFile } from '../../io/write-file.js'
import { type RunRecord, writeRecord } from '../../report/record.js'
import type { Run } from '../../report/run-page.js'
import { version } from '../../version.js'
import { checkOutput, fileSize, fingerprint, pagePath, recordPath } from '../files/files.js'
import { warn } from '../terminal/output.js'
import { type Trained, type TrainFiles, watchedName } from './report.js'

/**
 * Checks before the training that its files can be written.
 *
 * @throws Refusal ERR_OPTION if one would overwrite the table.
 */
export async function checkTrainFiles(out: string, table: string, report: boolean): Promise<void> {
  for (const path of [out, recordPath(out), ...(report ? [pagePath(out)] : [])]) {
    await checkOutput(words`${option('out')} ${out} writes ${path}`, path, { 'the table': table })
  }
}

/** Writes the model, the first of the files. */
export async function saveModel(out: string, model: Model): Promise<TrainFiles> {
  const files: TrainFiles = { out, model: null, record: null, report: null, failures: [] }
  await attempt(files, async () => {
    await model.save(out)
    files.model = { file: out, bytes: await fileSize(out) }
  })
  return files
}

/** Writes the record and the page beside the model; if one fails, the other is still written. */
export async function writeOthers(files: TrainFiles, trained: Trained, drawn: boolean): Promise<TrainFiles> {
  const { out, model } = files
  if (model === null) return files
  await attempt(files, async () => {
    const record = await recordOf(out, trained)
    await attempt(files, async () => {
      await writeRecord(recordPath(out), record)
      files.record = recordPath(out)
    })
    if (!drawn) return
    const run = { file: basename(out), bytes: model.bytes, model: trained.model, record }
    files.report = await writePage(pagePath(out), run)
  })
  return files
}

/** Returns the path of the page; null, with a warning, if the packages that draw charts are not installed. */
async function writePage(path: string, run: Run): Promise<string | null> {
  try {
    const { layOut } = await import('../../report/layout.js')
    const { runPage } = await import('../../report/run-page.js')
    await writeFile(path, await layOut(runPage(run)))
    return path
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.code !== 'ERR_UNSUPPORTED') throw error
    warn(`${path} was not written: ${textOf(refusal.said)}`)
    return null
  }
}

/** Keeps the failure of a file for the end. */
async function attempt(files: TrainFiles, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    files.failures.push(refusal)
  }
}

/** An error that names all files that could not be written, and where the model is; null if there are none. */
export function filesError({ out, model, failures }: TrainFiles): Refusal | null {
  if (failures.length === 0) return null
  const reasons = failures.map(({ said }) => said)
  const left = model === null ? 'the model is not saved' : `the model is saved in ${out}`
  return new Refusal(failures[0].code, joined([...reasons, [left]], '; '))
}

/** `psilon train houses.csv --target price`; texts with other than plain characters are quoted as a shell reads them. */
function commandLine(): string {
  const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
  return ['psilon', ...process.argv.slice(2).map(quoted)].join(' ')
}

async function recordOf(out: string, { setup, summary, scores }: Trained): Promise<RunRecord> {
  const { encoding, hidden, sparsity, search, diverged, stopped, epoch, seconds, device, epochs } = summary
  return {
    version,
    model: { file: basename(out), sha256: await fingerprint(out) },
    ...setup.data,
    lambda: summary.lambda as number,
    ...{ encoding, hidden, sparsity },
    date: new Date().toISOString(),
    command: commandLine(),
    ...{ search, diverged, stopped, epoch, seconds, device, watched: watchedName(setup), scores, epochs },
  }
}
