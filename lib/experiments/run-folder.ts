import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { isObject } from '../checks.js'
import { PsilonError } from '../errors.js'
import { fileError } from '../io/file-error.js'
import { type Cell, type CellResult, fileNameOf, identityOf } from './cells.js'

const operation = 'reproduce'

/** Where an experiment keeps the results of its cells, each in a file that is there in full or not at all. */
export class RunFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @throws PsilonError ERR_FILE where the folder cannot be made. */
  static async open(path: string): Promise<RunFolder> {
    const cells = join(path, 'cells')
    await makeFolder(cells).catch((cause) => {
      throw fileError(operation, 'write', cells, cause)
    })
    return new RunFolder(path)
  }

  /** The result of a cell that has been computed, else null. @throws PsilonError ERR_FILE for a damaged file. */
  async read(cell: Cell): Promise<CellResult | null> {
    const path = this.#pathOf(cell)
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw fileError(operation, 'read', path, cause)
    }
    const document = parsed(text)
    const identity = JSON.stringify(identityOf(cell))
    if (isObject(document) && JSON.stringify(document.cell) === identity && isResult(document.result)) {
      return document.result
    }
    const hint = 'remove it, and it is computed again'
    throw new PsilonError('ERR_FILE', `[${operation}] ${path} does not hold the result of its cell; ${hint}`)
  }

  async write(cell: Cell, result: CellResult): Promise<void> {
    await write(this.#pathOf(cell), { cell: identityOf(cell), result })
  }

  /** Returns the path of the file. */
  async writeResults(document: unknown): Promise<string> {
    const path = join(this.path, 'results.json')
    await write(path, document)
    return path
  }

  #pathOf(cell: Cell): string {
    return join(this.path, 'cells', fileNameOf(cell))
  }
}

/** With those above it. Node's own way never ends in /proc, where a folder can be missing that cannot be made. */
async function makeFolder(path: string): Promise<void> {
  const make = async () => {
    await mkdir(path).catch((cause) => {
      if (cause.code !== 'EEXIST') throw cause
    })
  }
  await make().catch(async (cause) => {
    if (cause.code !== 'ENOENT' || dirname(path) === path) throw cause
    await makeFolder(dirname(path))
    await make()
  })
}

async function write(path: string, document: unknown): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(document, null, 1)}\n`)
  } catch (cause) {
    throw fileError(operation, 'write', path, cause)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isNumberOrNull = (value: unknown): boolean => value === null || isNumber(value)
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'

function isResult(value: unknown): value is CellResult {
  if (!isObject(value)) return false
  const { scores, accuracy, failure, pathNorm, bounds, nearSparsity, exactSparsity, curve, seconds, device } = value
  return (
    (scores === null ? typeof failure === 'string' : isScores(scores) && failure === null) &&
    (accuracy === null || isScores(accuracy)) &&
    [pathNorm, nearSparsity, exactSparsity].every(isNumberOrNull) &&
    (bounds === null || isBounds(bounds)) &&
    (curve === null || (Array.isArray(curve) && curve.every(isPoint))) &&
    isNumber(seconds) &&
    isTextOrNull(device)
  )
}

const isScores = (value: unknown): boolean =>
  isObject(value) && [value.train, value.validation, value.test].every(isNumber)

const isBounds = (value: unknown): boolean =>
  isObject(value) && [value.original, value.improved, value.tight].every(isNumber)

const isPoint = (value: unknown): boolean => isObject(value) && isNumber(value.steps) && isNumber(value.validation)
