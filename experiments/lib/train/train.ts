import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inTemporaryFolder } from '../accuracy/temporary.js'
import { target } from '../data/requirements.js'

/** What a user gets who gives `psilon train` a table and the name of the target. */
export interface Trained {
  table: string
  task: 'regression' | 'classification'
  rows: { train: number; test: number }
  /** Of the rows held out: the RMSE in units of half the inter-quartile range of the target, or the mean log loss. */
  score: number
  /** The same of always predicting the mean or the base rates. */
  baseline: number
  /** Share of right classes; null for values. */
  accuracy: number | null
  /** What was chosen. */
  setting: { encoding: string; hidden: number | number[]; lambda: number; members: number }
  /** From the start of the program to its end. */
  seconds: { wall: number; processor: number }
  /** Of the model file. */
  bytes: number
}

/** The part of its document that is used here. */
interface Document extends Pick<Trained, 'task' | 'rows'> {
  scores: { test: Scores & { baseline: Scores } }
  model: { bytes: number }
  encoding: string
  hidden: number | number[]
  lambda: number
  members: number
}

interface Scores {
  scaledRmse?: number
  logLoss?: number
  accuracy?: number
}

const packageFile = fileURLToPath(import.meta.resolve('psilon/package.json'))
const program = join(dirname(packageFile), JSON.parse(readFileSync(packageFile, 'utf8')).bin.psilon)

/** A module that writes the processor time of its process to a file when that ends. */
const processorTime = (path: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(path)}, JSON.stringify(process.cpuUsage())))`)}`

/** @param flags further ones. @throws what the program refused. */
export function trainedByProgram(
  table: string,
  path: string,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<Trained> {
  return inTemporaryFolder(async (folder) => {
    const [model, usage] = [join(folder, 'model.safetensors'), join(folder, 'usage.json')]
    const own = ['train', path, '--target', target, '--out', model, '--json', '--quiet']
    const begin = performance.now()
    const document = await documentOf([`--import=${processorTime(usage)}`, program, ...own, ...flags], signal)
    const wall = (performance.now() - begin) / 1e3
    const { user, system } = JSON.parse(await readFile(usage, 'utf8'))
    return { table, ...figuresOf(document), seconds: { wall, processor: (user + system) / 1e6 } }
  })
}

async function documentOf(args: readonly string[], signal: AbortSignal): Promise<Document> {
  try {
    return JSON.parse((await promisify(execFile)(process.execPath, args, { signal, maxBuffer: 2 ** 28 })).stdout)
  } catch (error) {
    signal.throwIfAborted()
    const { stdout } = error as { stdout?: string }
    throw stdout ? new Error(JSON.parse(stdout).error.message) : error
  }
}

function figuresOf({ task, rows, scores: { test }, model, encoding, hidden, lambda, members }: Document) {
  const score = ({ scaledRmse, logLoss }: Scores) => (task === 'regression' ? scaledRmse : logLoss) as number
  return {
    ...{ task, rows, score: score(test), baseline: score(test.baseline), accuracy: test.accuracy ?? null },
    ...{ setting: { encoding, hidden, lambda, members }, bytes: model.bytes },
  }
}
