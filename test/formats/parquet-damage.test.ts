import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTable } from 'psilon'
import t from 'tap'
import { runModule } from '../support/child.js'
import { arrow, arrowRsBytes, duckDb, noArrowRs, noLibraries, parquetBytes } from './libraries.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const skip = noLibraries

/** Columns in each encoding, with and without nulls: data of hyparquet-writer in 100 rows. */
const rows = 100
const types = {
  INT32: 'k * 7 - 300',
  INT64: 'BigInt(k * k) - 2000n',
  FLOAT: 'k / 4',
  DOUBLE: 'k / 3',
  STRING: "'word ' + k",
}
const encodings = {
  PLAIN: ['INT32', 'INT64', 'FLOAT', 'DOUBLE', 'STRING'],
  RLE_DICTIONARY: ['INT32', 'DOUBLE', 'STRING'],
  DELTA_BINARY_PACKED: ['INT32', 'INT64'],
  DELTA_LENGTH_BYTE_ARRAY: ['STRING'],
  DELTA_BYTE_ARRAY: ['STRING'],
  BYTE_STREAM_SPLIT: ['INT32', 'INT64', 'FLOAT', 'DOUBLE'],
} as const

const columns = Object.entries(encodings).flatMap(([encoding, names]) =>
  names.flatMap((type) =>
    ['false', 'k % 3 === 1'].map((isNull, j) => ({ encoding, type, isNull, name: `${encoding} ${type} ${j}` })),
  ),
)
columns.push(
  { encoding: 'PLAIN', type: 'BOOLEAN', isNull: 'k % 3 === 1', name: 'PLAIN BOOLEAN' },
  { encoding: 'RLE', type: 'BOOLEAN', isNull: 'k % 3 === 1', name: 'RLE BOOLEAN' },
)
const cellOf = (type: string) => types[type as keyof typeof types] ?? 'k % 5 === 0'
const code = columns.map(
  ({ encoding, type, isNull, name }) =>
    `{ name: '${name}', type: '${type}', encoding: '${encoding}', nullable: ${isNull !== 'false'},
       data: Array.from({ length: ${rows} }, (_, k) => (${isNull} ? null : ${cellOf(type)})) }`,
)

t.test('each encoding of hyparquet-writer', { skip }, async (t) => {
  for (const options of ['{}', "{ codec: 'UNCOMPRESSED', pageSize: 100 }"]) {
    const table = await readTable(parquetBytes(`[${code}]`, options))
    for (const [j, { name, type, isNull }] of columns.entries()) {
      const cell = new Function('k', `return ${isNull} ? null : ${cellOf(type)}`)
      const expected = Array.from({ length: rows }, (_, k) => {
        const value = cell(k)
        return typeof value === 'bigint' ? Number(value) : value
      })
      t.strictSame(table.columns[j], expected, name)
    }
  }
})

/** Damages one to three bytes of each file, many times. */
const child = (files: readonly string[], cases: number) => `
  import { readFileSync } from 'node:fs'
  import { readTable } from 'psilon'
  import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
  import { uniformInt } from 'pure-rand/distribution/uniformInt'
  const random = xoroshiro128plus(1)
  const below = (n) => uniformInt(random, 0, n - 1)
  const codes = ['ERR_FILE', 'ERR_DATA', 'ERR_MEMORY']
  for (const file of ${JSON.stringify(files)}) {
  const sound = readFileSync(file)
  let refused = 0
  for (let k = 0; k < ${cases}; k++) {
    const bytes = Uint8Array.from(sound)
    for (let n = 1 + below(3); n > 0; n--) bytes[4 + below(bytes.length - 4)] = below(256)
    await readTable(bytes).then(
      (table) => table.rows === ${rows} || console.log(file, 'case', k, 'has', table.rows, 'rows'),
      (error) => {
        refused++
        if (!codes.includes(error.code) || error.message.includes('undefined')) console.log(file, 'case', k, error)
      },
    )
  }
  if (refused === 0) console.log(file + ' is never refused')
  }
  console.log('done')`

t.test('damaged files end with an error or a table of all rows, never without end', { skip: noArrowRs }, async (t) => {
  const database = await duckDb()
  const sql = `select i as a, case when i % 3 = 0 then i * 1000003 end as b, i / 7.0 as c, 'word ' || (i % 9) as d,
    'text ' || (i * i) as e, i % 2 = 0 as f, (i / 10)::decimal(20, 2) as g, sin(i)::float as h from range(${rows}) r(i)`
  const files: string[] = []
  for (const [codec, version] of [
    ['uncompressed', 'V1'],
    ['uncompressed', 'V2'],
    ['snappy', 'V1'],
    ['gzip', 'V2'],
    ['zstd', 'V1'],
    ['brotli', 'V1'],
    ['lz4_raw', 'V2'],
  ]) {
    files.push(at(`${codec}${version}.parquet`))
    await database.run(
      `copy (${sql}) to '${files.at(-1)}' (format parquet, codec '${codec}', parquet_version '${version}')`,
    )
  }
  for (const [k, options] of [
    '{}',
    "{ codec: 'UNCOMPRESSED' }",
    "{ codec: 'UNCOMPRESSED', pageSize: 100 }",
  ].entries()) {
    files.push(at(`${k}.parquet`))
    writeFileSync(files.at(-1) as string, parquetBytes(`[${code}]`, options))
  }
  const { Table, vectorFromArray, Int32, Utf8 } = arrow()
  const values = Array.from({ length: rows }, (_, k) => (k % 3 === 1 ? null : 7 * k))
  const texts = values.map((value) => (value === null ? null : `text ${value % 50}`))
  const table = new Table({ a: vectorFromArray(values, new Int32()), b: vectorFromArray(texts, new Utf8()) })
  for (const [codec, version] of [
    ['LZ4', 'V1'],
    ['LZ4_RAW', 'V2'],
    ['ZSTD', 'V2'],
  ] as const) {
    files.push(at(`rs-${codec}.parquet`))
    writeFileSync(files.at(-1) as string, arrowRsBytes(table, { codec, version, dictionary: version === 'V1' }))
  }
  const { stdout, code: exit, signal } = await runModule(child(files, 60))
  t.strictSame([stdout, exit, signal], ['done\n', 0, null])
})
