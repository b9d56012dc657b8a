import { basename } from 'node:path'
import type { Model } from '../estimators/models.js'
import type { FitSummary } from '../estimators/training.js'
import { figuresOf } from '../report/figures.js'
import { type RunRecord, writeRecord } from '../report/record.js'
import type { Scores } from '../report/scores.js'
import { version } from '../version.js'
import { checkFolder, fileSize } from './files.js'
import { fingerprint, pagePath, recordPath } from './run-files.js'
import { shownName } from './tables.js'
import type { TrainPlan } from './train-report.js'
import { writeFiguresOrWarn } from './write-page.js'

/** What a training has learned, and what there is to say of it. */
export interface Trained {
  plan: TrainPlan
  model: Model
  summary: FitSummary
  scores: Record<string, Scores>
}

/** Finds out before the training that its files could not be written. */
export async function checkTrainFiles(out: string, report: boolean): Promise<void> {
  for (const path of [out, recordPath(out), ...(report ? [pagePath(out)] : [])]) await checkFolder(path, 'train')
}

/** Writes the record of a run beside its model, which is saved already. */
export async function saveRecord(out: string, { plan, summary, scores }: Trained): Promise<RunRecord> {
  const { file, table, parts, dropped, ignored, missing } = plan
  const { search, stopped, epoch, seconds, device, epochs } = summary
  const record: RunRecord = {
    version,
    model: { file: basename(out), sha256: await fingerprint(out, 'train') },
    table: { file: shownName(file), rows: table.rows, dropped, ignored, missing },
    rows: { train: parts.train.rows, test: parts.test?.rows ?? 0, validation: parts.validation?.rows ?? 0 },
    split: parts.how,
    lambda: summary.lambda as number,
    ...{ search, stopped, epoch, seconds, device, watched: plan.watch?.name ?? 'rows held out', scores, epochs },
  }
  await writeRecord(recordPath(out), record)
  return record
}

/** Draws the run, and returns the path of the page; see `writeFiguresOrWarn`. */
export async function drawRun(out: string, model: Model, record: RunRecord): Promise<string | null> {
  const run = { file: basename(out), bytes: await fileSize(out), model, record }
  return writeFiguresOrWarn(pagePath(out), figuresOf(run))
}
