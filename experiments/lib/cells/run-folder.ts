import { join } from 'node:path'
import { PsilonError } from 'psilon'
import { makeFolder, readText, writeJson } from '../files.js'
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
    await makeFolder(operation, join(path, 'cells'))
    return new RunFolder(operation, path)
  }

  /** The result of a cell that has been computed, else null. @throws PsilonError ERR_FILE for a damaged file. */
  async read(cell: Cell): Promise<CellResult | null> {
    const path = this.#pathOf(cell)
    const text = await readText(this.#operation, path)
    if (text === null) return null
    try {
      return resultIn(text, cell)
    } catch (cause) {
      const message = `${path} does not hold the result of its cell; remove it, and it is computed again`
      throw new PsilonError('ERR_FILE', `[${this.#operation}] ${message}`, { cause })
    }
  }

  async write(cell: Cell, result: CellResult): Promise<void> {
    await writeJson(this.#operation, this.#pathOf(cell), { cell: identityOf(cell), result })
  }

  /** Returns the path of the file. */
  async writeResults(document: unknown): Promise<string> {
    const path = resultsPath(this.path)
    await writeJson(this.#operation, path, document)
    return path
  }

  #pathOf(cell: Cell): string {
    return join(this.path, 'cells', fileNameOf(cell))
  }
}

/** @throws where it is that of another cell, or none at all. */
function resultIn(text: string, cell: Cell): CellResult {
  const document = JSON.parse(text)
  if (JSON.stringify(document.cell) !== JSON.stringify(identityOf(cell))) throw new Error('it is that of another cell')
  return readResult(document.result, 'result')
}
