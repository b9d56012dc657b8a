import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageRoot } from '../support/child.js'

/** Libraries whose tables and files psilon reads, from a package of their own: `npm run install:table-libraries`. */

const folder = join(packageRoot, 'test', 'formats', 'libraries')
const fromFolder = createRequire(join(folder, 'package.json'))

/** Why they cannot be used here; false if they can. */
export const noLibraries = existsSync(join(folder, 'node_modules'))
  ? noDuckDb()
  : 'needs npm run install:table-libraries'

function noDuckDb(): string | false {
  try {
    fromFolder('@duckdb/node-api')
    return false
  } catch {
    return 'there is no DuckDB for this system'
  }
}

export interface DuckDb {
  run(sql: string): Promise<unknown>
  runAndReadAll(sql: string): Promise<{ getRowObjects(): object[]; getRowObjectsJS(): object[] }>
  runAndRead(sql: string): Promise<object>
  stream(sql: string): Promise<{ yieldRowObjects(): AsyncIterable<object[]> }>
}

/** A database in memory. */
export async function duckDb(): Promise<DuckDb> {
  const { DuckDBInstance } = fromFolder('@duckdb/node-api')
  return await (await DuckDBInstance.create(':memory:')).connect()
}

// biome-ignore lint/suspicious/noExplicitAny: the library is not there when types are checked
export const arrow = (): any => fromFolder('apache-arrow')

/** The bytes of a Parquet file that hyparquet-writer writes. @param columns code of an array of columns. @param options code of others. */
export function parquetBytes(columns: string, options = '{}'): Buffer {
  const code = `import { parquetWriteBuffer } from 'hyparquet-writer'
    process.stdout.write(new Uint8Array(parquetWriteBuffer({ columnData: ${columns}, ...${options} })))`
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder, env })
}
