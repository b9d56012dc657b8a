import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PsilonError } from 'psilon'
import { didYouMean } from '../did-you-mean.js'
import { fileError } from '../files.js'

const endings = ['.csv', '.csv.gz']

/**
 * The tables of a folder by name: `cpu_act` for `cpu_act.csv.gz`.
 *
 * @throws PsilonError ERR_FILE where there is none.
 */
export async function tablesOf(operation: string, folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder).catch((cause) => {
    throw fileError(operation, 'read', folder, cause)
  })
  const named = files.sort().flatMap((file) => {
    const ending = endings.find((each) => file.endsWith(each))
    return ending === undefined ? [] : [[file.slice(0, -ending.length), join(folder, file)] as const]
  })
  if (named.length > 0) return new Map(named)
  throw new PsilonError('ERR_FILE', `[${operation}] ${folder} has no tables, expected files NAME.csv or NAME.csv.gz`)
}

/** The paths of these tables, of all without names. @throws PsilonError ERR_OPTION where there is no such table. */
export async function pathsOf(
  operation: string,
  folder: string,
  names: readonly string[] | undefined,
): Promise<[name: string, path: string][]> {
  if (names?.length === 0) throw new PsilonError('ERR_OPTION', `[${operation}] --sets names no table`)
  const tables = await tablesOf(operation, folder)
  return (names ?? [...tables.keys()]).map((name) => {
    const path = tables.get(name)
    if (path !== undefined) return [name, path]
    const hint = didYouMean(name, [...tables.keys()])
    throw new PsilonError('ERR_OPTION', `[${operation}] there is no table "${name}" in ${folder}${hint}`)
  })
}
