import { PsilonError, readTable, type Table } from 'psilon'
import type { DataSet } from './data-sets.js'
import { prepare } from './prepare.js'
import { type Requirements, unfit } from './requirements.js'
import { pathsOf } from './table-folder.js'

/** A table that does not take part, and why. */
export interface Skipped {
  set: string
  reason: string
}

export interface Source {
  /** Folder of tables. */
  data: string
  /** Names of tables; undefined: those the experiment takes by itself. */
  names: readonly string[] | undefined
}

/** Reads the tables with these names; without names, all in the folder that fit. */
export async function readTables(
  operation: string,
  { data, names }: Source,
  requirements: Requirements,
): Promise<{ tables: { name: string; table: Table }[]; skipped: Skipped[] }> {
  const tables: { name: string; table: Table }[] = []
  const skipped: Skipped[] = []
  for (const [name, path] of await pathsOf(operation, data, names)) {
    const table = await readTable(path)
    const reason = unfit(table, requirements)
    if (reason === undefined) tables.push({ name, table })
    else if (names === undefined) skipped.push({ set: name, reason })
    else throw new PsilonError('ERR_UNSUPPORTED', `[${operation}] ${name} cannot take part: ${reason}`)
  }
  if (tables.length > 0) return { tables, skipped }
  const reasons = skipped.map(({ set, reason }) => `${set}: ${reason}`).join('; ')
  throw new PsilonError('ERR_FILE', `[${operation}] none of the tables in ${data} can take part: ${reasons}`)
}

/** The same, prepared. */
export async function readDataSets(
  operation: string,
  source: Source,
  requirements: Requirements & { trainRows: number },
): Promise<{ sets: DataSet[]; skipped: Skipped[] }> {
  const { tables, skipped } = await readTables(operation, source, requirements)
  return { sets: tables.map(({ name, table }) => prepare(name, table, requirements)), skipped }
}
