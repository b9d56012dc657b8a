import type { CellResult, NetworkSetting } from '../../dist/cells/cells.js'
import type { DataSet } from '../../dist/data/data-sets.js'
import { readDataSets } from '../../dist/data/read-data-sets.js'
import { networkSetting } from '../../dist/studies/protocol.js'
import { someRows } from './rows.js'

/** A CSV file of rows with three numbers, a town and a target of so many classes, or of numbers. */
export function someTable(rows: number, classes?: number): string {
  const { data } = someRows(rows, 3)
  const lines = Array.from({ length: rows }, (_, i) => {
    const [a, b, c] = data.subarray(3 * i, 3 * i + 3)
    const target =
      classes === undefined ? a - 2 * b + a * b : Math.min(classes - 1, Math.floor(((a + 1) / 2) * classes))
    return [a, b, c, c > 0 ? 'Bonn' : 'Celle', target].join(',')
  })
  return ['a,b,c,town,target', ...lines].join('\n')
}

export const requirements = { trainRows: 60, tasks: ['regression', 'binary'], minRows: 62, minColumns: 1 } as const

/** The data sets of a folder in which `someTable` stands under these names. */
export async function someSets(folder: string, names: readonly string[]): Promise<DataSet[]> {
  return (await readDataSets('reproduce', { data: folder, names }, requirements)).sets
}

export const smallOptions = { seeds: 1, trainRows: 60, hidden: 16, epochs: 4 }

export const smallSetting = (lambda: number): NetworkSetting => networkSetting('psilon', lambda, smallOptions)

/** A result whose scores are these; null where training diverged. */
export function someResult(scores: { validation: number; test: number } | null, more: Partial<CellResult> = {}) {
  const figures = { pathNorm: null, bounds: null, nearSparsity: null, exactSparsity: null, curve: null }
  const given = scores === null ? null : { train: 0, ...scores }
  const failure = given === null ? 'diverged' : null
  return { ...figures, scores: given, accuracy: null, failure, seconds: 1, device: null, ...more }
}
