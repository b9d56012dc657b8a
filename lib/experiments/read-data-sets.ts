import { readTable } from '../data/table.js'
import { PsilonError } from '../errors.js'
import type { DataSet } from './data-sets.js'
import { prepare } from './prepare.js'
import { type Requirements, unfit } from './requirements.js'
import { pathsOf } from './table-folder.js'

/** A table that does not take part, and why. */
export interface Skipped {
  set: string
  reason: string
}

/** Reads the tables with these names; without names, all in the folder that fit. */
export async function readDataSets(
  operation: string,
  { data, names }: { data: string; names: readonly string[] | undefined },
  requirements: Requirements,
): Promise<{ sets: DataSet[]; skipped: Skipped[] }> {
  const sets: DataSet[] = []
  const skipped: Skipped[] = []
  for (const [set, path] of await pathsOf(operation, data, names)) {
    const table = await readTable(path, operation)
    const reason = unfit(table, requirements)
    if (reason === undefined) sets.push(prepare(operation, set, table, requirements))
    else if (names === undefined) skipped.push({ set, reason })
    else throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${set} cannot take part: ${reason}`)
  }
  if (sets.length > 0) return { sets, skipped }
  const reasons = skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')
  throw new PsilonError('ERR_FILE', `[${operation}] none of the tables in ${data} can take part: ${reasons}`)
}
