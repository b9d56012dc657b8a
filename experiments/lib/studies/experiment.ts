import { PsilonError } from 'psilon'
import type { DataSet } from '../data/data-sets.js'
import { readDataSets, type Skipped, type Source } from '../data/read-data-sets.js'
import type { TableTask } from '../data/requirements.js'
import { tablesOf } from '../data/table-folder.js'
import type { Grids, Options } from './protocol.js'

const operation = 'reproduce'

/** What an experiment is to compute. */
export interface Plan {
  sets: DataSet[]
  skipped: Skipped[]
  grids: Grids
  options: Options
  /** Work is in units of a tree or an epoch. */
  size: { cells: number; work: number }
}

/** Tables that nobody named have at least 10 predictors, as in the paper, and half as many rows again as train. */
export function readSets(source: Source, tasks: readonly TableTask[], { trainRows }: Options) {
  const requirements =
    source.names === undefined
      ? { minRows: Math.ceil(1.5 * trainRows), minColumns: 10 }
      : { minRows: trainRows + 2, minColumns: 1 }
  return readDataSets(operation, source, { trainRows, tasks, ...requirements })
}

/**
 * Of these names those that are tables of the folder; the others with the reason.
 *
 * @throws PsilonError ERR_FILE where none is there.
 */
export async function presentSets(data: string, names: readonly string[]) {
  const tables = await tablesOf(operation, data)
  const present = names.filter((name) => tables.has(name))
  const missing = names.filter((name) => !tables.has(name))
  if (present.length > 0) return { names: present, skipped: missing.map((set) => ({ set, reason: `not in ${data}` })) }
  const message = `${data} has none of the tables ${names.join(', ')}; --sets names others`
  throw new PsilonError('ERR_FILE', `[${operation}] ${message}`)
}
