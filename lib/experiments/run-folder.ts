import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PsilonError } from '../errors.js'
import { fileError } from '../io/file-error.js'
import { writeFile } from '../io/write-file.js'
import { type Cell, type CellResult, fileNameOf, identityOf } from './cells.js'
import { readResult } from './read-cell.js'

/** The figures of a run. */
export const resultsPath = (folder: string): string => join(folder, 'results.json')

/** Where an experiment keeps the results of its cells, each in a file that is there in full or not at all. */
export class RunFolder {
  readonly path: string
  readonly #operation: string

  private constructor(operation: string, path: string) {
    this.path = path
    this.#operation = operation
  }

  /** @throws PsilonError ERR_FILE where the folder cannot be made. */
  static async open(operation: string, path: string): Promise<RunFolder> {
    const cells = join(path, 'cells')
    await makeFolder(cells).catch((cause) => {
      throw fileError('write', cells, cause)
    })
    return new RunFolder(operation, path)
  }

  /** The result of a cell that has been computed, else null. @throws PsilonError ERR_FILE for a damaged file. */
  async read(cell: Cell): Promise<CellResult | null> {
    const path = this.#pathOf(cell)
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw fileError('read', path, cause)
    }
    try {
      return resultIn(text, cell)
    } catch (cause) {
      const message = `${path} does not hold the result of its cell; remove it, and it is computed again`
      throw new PsilonError('ERR_FILE', `[${this.#operation}] ${message}`, { cause })
    }
  }

  async write(cell: Cell, result: CellResult): Promise<void> {
    await this.#write(this.#pathOf(cell), { cell: identityOf(cell), result })
  }

  /** Returns the path of the file. */
  async writeResults(document: unknown): Promise<string> {
    const path = resultsPath(this.path)
    await this.#write(path, document)
    return path
  }

  #write(path: string, document: unknown): Promise<void> {
    return writeFile(path, `${JSON.stringify(document, null, 1)}\n`)
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

/** @throws where it is that of another cell, or none at all. */
function resultIn(text: string, cell: Cell): CellResult {
  const document = JSON.parse(text)
  if (JSON.stringify(document.cell) !== JSON.stringify(identityOf(cell))) throw new Error('it is that of another cell')
  return readResult(document.result, 'result')
}
