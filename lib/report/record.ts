import type { Epoch } from '../core/native.js'
import type { FitSummary } from '../estimators/training.js'
import { writeFile } from '../io/write-file.js'
import { epochFigures } from '../words.js'
import type { Scores } from './scores.js'

/** The record of a training, besides its model (docs/file-formats.md). */
export interface RunRecord {
  /** Version of psilon. */
  version: string
  /** The model file of the run, and the SHA-256 of its bytes, in hexadecimal digits. */
  model: { file: string; sha256: string }
  table: {
    file: string
    rows: number
    dropped: string[]
    ignored: string[]
    /** Missing cells of the training rows, by column. */
    missing: Record<string, number>
  }
  rows: { train: number; test: number; validation: number }
  /** How the rows were divided. */
  split: string
  lambda: number
  search: FitSummary['search']
  stopped: FitSummary['stopped']
  /** The epoch whose parameters the model has. */
  epoch: number
  seconds: number
  device: FitSummary['device']
  /** The rows of the epochs' `validationLoss`, such as 'test rows'. */
  watched: string
  scores: Record<string, Scores>
  epochs: Epoch[]
}

export const recordFormat = { format: 'psilon-run', formatVersion: 1 } as const

/** The figures of an epoch, which a file stores as one array each; also the numbers of epochs, unless they are 1, 2, .. */
export const recordedFigures = epochFigures.filter((name) => name !== 'epoch')

/** @throws Refusal ERR_FILE if the file cannot be written. */
export async function writeRecord(path: string, { epochs, ...others }: RunRecord): Promise<void> {
  const named = epochs.every(({ epoch }, i) => epoch === i + 1) ? recordedFigures : epochFigures
  const columns = named.map((name) => [name, epochs.map((epoch) => epoch[name] ?? null)] as const)
  const document = { ...recordFormat, ...others, epochs: Object.fromEntries(columns) }
  await writeFile(path, `${JSON.stringify(document)}\n`)
}
