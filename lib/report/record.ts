import { range } from 'd3-array'
import type { Epoch } from '../core/native.js'
import { encodingNames } from '../data/encodings/encodings.js'
import { within } from '../errors/refusal.js'
import type { Candidate } from '../estimators/search.js'
import type { FitSummary } from '../estimators/training.js'
import { fileName } from '../io/file-error.js'
import { parseJson } from '../io/json.js'
import { array, entries, number, object, odd, oneOf, optional, type Reader, text } from '../io/json-reader.js'
import { readText } from '../io/read-text.js'
import { writeFile } from '../io/write-file.js'
import { count, listed } from '../print.js'
import { dtypes, epochFigures, precisions, stops } from '../words.js'
import { finiteOr, readScores } from './evaluation-record.js'
import type { Scores } from './scores.js'

/** The record of a training, besides its model (docs/file-formats.md). */
export interface RunRecord {
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
  /** Absent in a record of version 0.1.0. */
  encoding?: FitSummary['encoding'] | undefined
  hidden?: FitSummary['hidden'] | undefined
  sparsity?: FitSummary['sparsity'] | undefined
  search: (Pick<Candidate, 'lambda' | 'score' | 'standardError' | 'pathNorm'> & Partial<Candidate>)[]
  /** Settings that were given up and networks that were left out; absent in a record that an earlier version wrote. */
  diverged?: FitSummary['diverged'] | undefined
  stopped: FitSummary['stopped']
  /** The epoch whose parameters the model has. */
  epoch: number
  seconds: number
  /** When it was written (ISO 8601), and the command line; absent in a record of version 0.1.0. */
  date?: string | undefined
  command?: string | undefined
  device: FitSummary['device']
  /** The rows of the epochs' `validationLoss`, such as 'test rows'. */
  watched: string
  scores: Record<string, Scores>
  epochs: Epoch[]
}

/** What a run learned from, as texts. */
export function dataFacts({ table, rows, split }: Pick<RunRecord, 'table' | 'rows' | 'split'>) {
  const parts = Object.entries(rows).filter(([, n]) => n > 0)
  return {
    rows: `${parts.map(([name, n]) => `${n.toLocaleString('en-US')} ${name}`).join(', ')} (${split})`,
    dropped: table.dropped.length === 0 ? '' : `${listed(table.dropped)} (a single value in the training rows)`,
    ignored: listed(table.ignored),
    missing: listed(Object.entries(table.missing).map(([name, cells]) => `${name} ${count(cells, 'cell')}`)),
  }
}

const recordFormat = { format: 'psilon-run', formatVersion: 1 } as const

/** The figures of an epoch, which a file stores as one array each; also the numbers of epochs, unless they are 1, 2, .. */
const recordedFigures = epochFigures.filter((name) => name !== 'epoch')

/** @throws Refusal ERR_FILE if the file cannot be written. */
export async function writeRecord(path: string, { epochs, ...others }: RunRecord): Promise<void> {
  const named = epochs.every(({ epoch }, i) => epoch === i + 1) ? recordedFigures : epochFigures
  const columns = named.map((name) => [name, epochs.map((epoch) => epoch[name] ?? null)] as const)
  const document = { ...recordFormat, ...others, epochs: Object.fromEntries(columns) }
  await writeFile(path, `${JSON.stringify(document)}\n`)
}

/**
 * Reads the untrusted record of a run.
 *
 * @returns null if there is no such file.
 * @throws Refusal ERR_FILE if it cannot be read, ERR_MODEL_FILE if it is not valid.
 */
export async function readRecord(path: string): Promise<RunRecord | null> {
  const text = await readText(path)
  return text === null ? null : within(fileName(path), () => parseRecord(text))
}

function parseRecord(text: string): RunRecord {
  const json = parseJson(text, (reason) => odd(`it ${reason}`))
  const { format, formatVersion, ...record } = readDocument(json, '')
  return record
}

/** Units in each hidden layer, or a width for each layer. */
const hidden: Reader<number | number[]> = (value, path) =>
  Array.isArray(value) ? array(number)(value, path) : number(value, path)

/** Of a run of version 0.1.0, the lambda alone tells candidates apart. */
const candidate = object<RunRecord['search'][number]>({
  encoding: optional(oneOf(...encodingNames)),
  hidden: optional(hidden),
  lambda: number,
  sparsity: optional(finiteOr(null)),
  epochs: optional(number),
  score: number,
  standardError: finiteOr(Number.NaN),
  pathNorm: number,
  members: optional(number),
})

const diverged = object<FitSummary['diverged'][number]>({
  stage: oneOf('search', 'fit'),
  encoding: oneOf(...encodingNames),
  ...{ hidden, lambda: number, sparsity: finiteOr(null), epochs: number, epoch: number },
})

const figures = Object.fromEntries(
  recordedFigures.map((name) => [name, array(name === 'validationLoss' ? finiteOr(undefined) : number)]),
) as Record<(typeof recordedFigures)[number], Reader<(number | undefined)[]>>

const columns = object({ ...figures, epoch: optional(array(number)) })

/** Epochs, stored as one array per figure. */
const epochs: Reader<Epoch[]> = (value, path) => {
  const { epoch, ...given } = columns(value, path)
  const { length } = given.loss
  for (const [name, column] of Object.entries({ ...given, ...(epoch && { epoch }) })) {
    if (column.length !== length) odd(`${path}.${name} has ${column.length} entries, ${path}.loss has ${length}`)
  }
  const numbers = epoch === undefined ? range(1, length + 1) : ascending(epoch, `${path}.epoch`)
  return numbers.map((epoch, i) => {
    const figures = recordedFigures.map((name) => [name, given[name][i]] as const)
    return { epoch, ...Object.fromEntries(figures.filter(([, figure]) => figure !== undefined)) } as Epoch
  })
}

function ascending(numbers: readonly number[], path: string): readonly number[] {
  const at = numbers.findIndex((epoch, i) => !Number.isSafeInteger(epoch) || epoch <= (numbers[i - 1] ?? 0))
  return at < 0 ? numbers : odd(`${path}[${at}] is ${numbers[at]}, expected the number of a later epoch`)
}

const readDocument = object<RunRecord & { format: string; formatVersion: number }>(
  {
    format: oneOf<string>(recordFormat.format),
    formatVersion: oneOf<number>(recordFormat.formatVersion),
    version: text,
    model: object<RunRecord['model']>({ file: text, sha256: text }),
    table: object<RunRecord['table']>({
      file: text,
      rows: number,
      dropped: array(text),
      ignored: array(text),
      missing: entries(number),
    }),
    rows: object<RunRecord['rows']>({ train: number, test: number, validation: number }),
    split: text,
    lambda: number,
    encoding: optional(oneOf(...encodingNames)),
    hidden: optional(hidden),
    sparsity: optional(finiteOr(null)),
    search: array(candidate),
    diverged: optional(array(diverged)),
    stopped: oneOf(...stops),
    epoch: number,
    seconds: number,
    date: optional(text),
    command: optional(text),
    device: object<RunRecord['device']>({
      name: text,
      reason: text,
      threads: number,
      instructionSet: text,
      precision: oneOf(...dtypes, ...precisions),
    }),
    watched: text,
    scores: entries(readScores),
    epochs,
  },
  'the record',
)
