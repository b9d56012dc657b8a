import { range } from 'd3-array'
import { isObject, show } from '../checks.js'
import { PsilonError, reworded } from '../errors.js'
import { fileName } from '../io/file-error.js'
import { parseJson } from '../io/json.js'
import { readArray, readName, readNumber, readObject, readOneOf, readString } from '../io/json-reader.js'
import { readText } from '../io/read-text.js'
import type { Epoch } from '../native.js'
import { dtypes, precisions, stops } from '../words.js'
import { type RunRecord, recordedFigures, recordFormat } from './record.js'
import { type Metrics, metrics, type Scores } from './scores.js'

const names = [
  ...(['format', 'formatVersion', 'version', 'model', 'table', 'rows', 'split', 'lambda', 'search'] as const),
  ...(['stopped', 'epoch', 'seconds', 'device', 'watched', 'scores', 'epochs'] as const),
]

/**
 * Reads the record of a run, strictly: it may come from anywhere.
 *
 * @returns null where there is no such file.
 * @throws PsilonError ERR_FILE where it cannot be read, ERR_MODEL_FILE for anything odd in it.
 */
export async function readRecord(path: string): Promise<RunRecord | null> {
  const text = await readText('report', path)
  if (text === null) return null
  const named = `[report] ${fileName(path)}: `
  return reworded('[load] ', named, () => parseRecord(text))
}

function parseRecord(text: string): RunRecord {
  const fields = readObject(parse(text), 'the record', names)
  readOneOf(fields.format, 'format', [recordFormat.format])
  readOneOf(fields.formatVersion, 'formatVersion', [recordFormat.formatVersion])
  const model = readObject(fields.model, 'model', ['file', 'sha256'])
  const rows = readObject(fields.rows, 'rows', ['train', 'test', 'validation'])
  const { epochs } = fields
  return {
    version: readString(fields.version, 'version'),
    model: { file: readString(model.file, 'model.file'), sha256: readString(model.sha256, 'model.sha256') },
    table: readTable(fields.table),
    rows: {
      train: readNumber(rows.train, 'rows.train'),
      test: readNumber(rows.test, 'rows.test'),
      validation: readNumber(rows.validation, 'rows.validation'),
    },
    split: readString(fields.split, 'split'),
    lambda: readNumber(fields.lambda, 'lambda'),
    search: readArray(fields.search, 'search', readCandidate),
    stopped: readOneOf(fields.stopped, 'stopped', stops),
    epoch: readNumber(fields.epoch, 'epoch'),
    seconds: readNumber(fields.seconds, 'seconds'),
    device: readDevice(fields.device),
    watched: readString(fields.watched, 'watched'),
    scores: readEntries(fields.scores, 'scores', readScores),
    epochs: readEpochs(epochs),
  }
}

const parse = (text: string) => parseJson(text, (reason) => odd(`it ${reason}`))

function readTable(value: unknown): RunRecord['table'] {
  const table = readObject(value, 'table', ['file', 'rows', 'dropped', 'ignored', 'missing'])
  return {
    file: readString(table.file, 'table.file'),
    rows: readNumber(table.rows, 'table.rows'),
    dropped: readArray(table.dropped, 'table.dropped', readString),
    ignored: readArray(table.ignored, 'table.ignored', readString),
    missing: readEntries(table.missing, 'table.missing', readNumber),
  }
}

function readCandidate(value: unknown, path: string) {
  const names = ['lambda', 'score', 'standardError', 'pathNorm']
  const { lambda, score, standardError, pathNorm } = readObject(value, path, names)
  return {
    lambda: readNumber(lambda, `${path}.lambda`),
    score: readNumber(score, `${path}.score`),
    standardError: standardError === null ? Number.NaN : readNumber(standardError, `${path}.standardError`), // no NaN in JSON
    pathNorm: readNumber(pathNorm, `${path}.pathNorm`),
  }
}

function readDevice(value: unknown): RunRecord['device'] {
  const { name, reason, threads, instructionSet, precision } = readObject(value, 'device', [
    ...(['name', 'reason', 'threads', 'instructionSet', 'precision'] as const),
  ])
  return {
    name: readString(name, 'device.name'),
    reason: readString(reason, 'device.reason'),
    threads: readNumber(threads, 'device.threads'),
    instructionSet: readString(instructionSet, 'device.instructionSet'),
    precision: readOneOf(precision, 'device.precision', [...dtypes, ...precisions.slice(1)]),
  }
}

function readScores(value: unknown, path: string): Scores {
  if (!isObject(value)) throw odd(`${path} must be an object`)
  const { rows, baseline, ...own } = value
  return {
    rows: readNumber(rows, `${path}.rows`),
    baseline: readMetrics(baseline, `${path}.baseline`),
    ...readMetrics(own, path),
  }
}

/** JSON has null for what is not finite; there is no such score then. */
function readMetrics(value: unknown, path: string): Metrics {
  const known = metrics.map(({ name }) => name as string)
  const given = readEntries(value, path, (each, name) => (each === null ? null : readNumber(each, name)))
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined) throw odd(`${path} has an unknown entry ${show(unknown)}`)
  return Object.fromEntries(Object.entries(given).filter(([, each]) => each !== null))
}

function readEpochs(value: unknown): Epoch[] {
  const { epoch, ...figures } = isObject(value) ? value : { epoch: undefined }
  const fields = readObject(isObject(value) ? figures : value, 'epochs', recordedFigures)
  const read = (name: (typeof recordedFigures)[number]) =>
    readArray(fields[name], `epochs.${name}`, (each, path) => {
      return each === null && name === 'validationLoss' ? undefined : readNumber(each, path)
    })
  const columns = recordedFigures.map((name) => [name, read(name)] as const)
  const { length } = columns[0][1]
  const short = columns.find(([, column]) => column.length !== length)
  if (short !== undefined) throw odd(`epochs.${short[0]} has ${short[1].length} entries, epochs.loss has ${length}`)
  const numbers = epoch === undefined ? range(1, length + 1) : readNumbers(epoch, length)
  return numbers.map((epoch, i) => {
    const figures = columns.map(([name, column]) => [name, column[i]] as const)
    return { epoch, ...Object.fromEntries(figures.filter(([, figure]) => figure !== undefined)) } as Epoch
  })
}

/** Of epochs, ascending. */
function readNumbers(value: unknown, length: number): number[] {
  const numbers = readArray(value, 'epochs.epoch', readNumber)
  if (numbers.length !== length) {
    throw odd(`epochs.epoch has ${numbers.length} entries, epochs.loss has ${length}`)
  }
  const at = numbers.findIndex((epoch, i) => !Number.isSafeInteger(epoch) || epoch <= (numbers[i - 1] ?? 0))
  if (at >= 0) throw odd(`epochs.epoch[${at}] is ${numbers[at]}, expected the number of a later epoch`)
  return numbers
}

function readEntries<T>(value: unknown, path: string, read: (value: unknown, path: string) => T): Record<string, T> {
  if (!isObject(value)) throw odd(`${path} must be an object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [readName(name, path), read(each, `${path}.${name.slice(0, 60)}`)]),
  )
}

const odd = (what: string) => new PsilonError('ERR_MODEL_FILE', `[load] ${what}`)
