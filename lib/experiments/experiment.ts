import { PsilonError } from '../errors.js'
import { type DataSet, readDataSets, type TableTask, tablesOf } from './data-sets.js'
import type { Grids, Options } from './protocol.js'

/** What an experiment is to compute. */
export interface Plan {
  sets: DataSet[]
  /** Tables that do not take part, and why. */
  skipped: { set: string; reason: string }[]
  grids: Grids
  options: Options
  /** Work is in units of a tree or an epoch. */
  size: { cells: number; work: number }
}

export interface Source {
  /** Folder of tables. */
  data: string
  /** Names of tables; undefined: those the experiment takes by itself. */
  names: readonly string[] | undefined
}

/** Tables that nobody named have at least 10 predictors, as in the paper, and half as many rows again as train. */
export function readSets({ data, names }: Source, tasks: readonly TableTask[], { trainRows }: Options) {
  const requirements =
    names === undefined
      ? { leastRows: Math.ceil(1.5 * trainRows), leastColumns: 10 }
      : { leastRows: trainRows + 2, leastColumns: 1 }
  return readDataSets(data, names, { trainRows, tasks, ...requirements })
}

/**
 * Of these names those that are tables of the folder; the others with the reason.
 *
 * @throws PsilonError ERR_FILE where none is there.
 */
export async function presentSets(data: string, names: readonly string[]) {
  const tables = await tablesOf(data)
  const present = names.filter((name) => tables.has(name))
  const missing = names.filter((name) => !tables.has(name))
  if (present.length > 0) return { names: present, skipped: missing.map((set) => ({ set, reason: `not in ${data}` })) }
  const message = `${data} has none of the tables ${names.join(', ')}; --sets names others`
  throw new PsilonError('ERR_FILE', `[reproduce] ${message}`)
}
