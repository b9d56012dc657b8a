import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageRoot } from '../support/child.js'

/** Libraries whose tables and files psilon reads, from a package of their own: `npm run install:table-libraries`. */

const folder = join(packageRoot, 'test', 'formats', 'libraries')
const fromFolder = createRequire(join(folder, 'package.json'))

const noLibraryYet = 'needs npm run install:table-libraries'

/** Why they cannot be used here; false if they can. */
export const noLibraries = existsSync(join(folder, 'node_modules')) ? noDuckDb() : noLibraryYet

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

/** Why arrow-rs cannot write here; false if it can. */
export const noArrowRs =
  noLibraries || (existsSync(join(folder, 'node_modules', 'parquet-wasm')) ? false : noLibraryYet)

export interface ArrowRsOptions {
  codec: 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'BROTLI' | 'LZ4' | 'ZSTD' | 'LZ4_RAW'
  /** Of the data pages. */
  version: 'V1' | 'V2'
  dictionary: boolean
  encoding?: 'BYTE_STREAM_SPLIT'
  /** Of a page, and rows of a row group. */
  pageBytes?: number
  groupRows?: number
}

/** The bytes of a Parquet file that arrow-rs (parquet-wasm) writes. @param table of apache-arrow. */
export function arrowRsBytes(table: unknown, options: ArrowRsOptions): Uint8Array {
  const { Compression, Encoding, Table, WriterPropertiesBuilder, WriterVersion, writeParquet } =
    fromFolder('parquet-wasm')
  const { codec, version, dictionary, encoding, pageBytes = 2 ** 20, groupRows = 2 ** 20 } = options
  const builder = new WriterPropertiesBuilder()
    .setCompression(Compression[codec])
    .setWriterVersion(WriterVersion[version])
    .setDictionaryEnabled(dictionary)
    .setDataPageSizeLimit(pageBytes)
    .setWriteBatchSize(100)
    .setMaxRowGroupSize(groupRows)
  const properties = (encoding === undefined ? builder : builder.setEncoding(Encoding[encoding])).build()
  return writeParquet(Table.fromIPCStream(arrow().tableToIPC(table, 'stream')), properties)
}

/** The bytes of a Parquet file that hyparquet-writer writes. @param columns code of an array of columns. @param options code of others. */
export function parquetBytes(columns: string, options = '{}'): Buffer {
  const code = `import { parquetWriteBuffer } from 'hyparquet-writer'
    process.stdout.write(new Uint8Array(parquetWriteBuffer({ columnData: ${columns}, ...${options} })))`
  const { NODE_OPTIONS: _hooks, ...env } = process.env
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder, env })
}
