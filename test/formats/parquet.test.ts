import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { load, PsilonRegressor, readTable } from 'psilon'
import t from 'tap'
import { psilon } from '../cli/run.js'
import { refusal, refuses } from '../support/refusal.js'
import { duckDb, noLibraries, parquetBytes } from './libraries.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const skip = noLibraries
const options = { preset: 'paper', hidden: 8, depth: 1, epochs: 5, seed: 1 } as const

/** Each type of column that DuckDB writes: what it holds in SQL, and what is read from row 1. */
const types: [sql: string, cell: unknown][] = [
  ['(i % 200)::utinyint', 1],
  ['(i - 2)::smallint', -1],
  ['i::integer', 1],
  ['4000000000::uinteger + i', 4000000001],
  ['(i * -1000003)::bigint', -1000003],
  ['9007199254740992::bigint + i', '9007199254740993'],
  ['18446744073709551614::ubigint + (i % 2)::ubigint', '18446744073709551615'],
  ['i::double / 3', 1 / 3],
  ['i::float / 4', 0.25],
  ['(i % 100 * 3)::decimal(4, 1) / 10', 0.3],
  ['(i % 100 * 3 / 10)::decimal(4, 1)', 0.3],
  ['(0.03 * i)::decimal(18, 2)', 0.03],
  ['(-0.07 * i)::decimal(38, 2)', -0.07],
  ['i % 2 = 0', false],
  ["'word ' || i", 'word 1'],
  ["'00' || i", '001'],
  ['null', null],
  ['case when i % 2 = 0 then i end', null],
  ["date '2024-02-28' + i::integer", '2024-02-29'],
  ["date '1969-12-30' + i::integer", '1969-12-31'],
  ["timestamp '2024-01-05 01:02:03.123456' + interval (i) day", '2024-01-06T01:02:03.123456Z'],
  ["timestamp_ms '1969-12-31 23:59:59.5'", '1969-12-31T23:59:59.5Z'],
  ["timestamp_ns '2024-01-05 01:02:03.123456789'", '2024-01-05T01:02:03.123456Z'],
  ["timestamptz '2024-01-05 01:02:03+02'", '2024-01-04T23:02:03Z'],
  ["time '10:11:12.5'", '10:11:12.5'],
  ["'eef28d98-f551-4959-8b04-4ba021cb5dba'::uuid", 'eef28d98-f551-4959-8b04-4ba021cb5dba'],
]

const sql = `select ${types.map(([type], k) => `${type} as c${k}`).join(', ')} from range(5000) r(i)`

for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw']) {
  t.test(`DuckDB writes, packed by ${codec}, in row groups`, { skip }, async (t) => {
    await (await duckDb()).run(
      `copy (${sql}) to '${at('a.parquet')}' (format parquet, codec '${codec}', row_group_size 2048)`,
    )
    const table = await readTable(at('a.parquet'))
    t.equal(table.rows, 5000)
    for (const [k, [type, cell]] of types.entries()) t.equal(table.columns[k]?.[1], cell, type)
    t.equal(table.columns[2]?.[4999], 4999, 'of the last row group')
    t.equal(table.where(4999), 'row index 4999 of a.parquet')
  })
}

t.test('what it wrote as Parquet and as CSV is the same table', { skip }, async (t) => {
  const database = await duckDb()
  const columns =
    "i % 7 as a, (i * 37) % 11 / 4.0 as b, case i % 3 when 0 then 'x' when 1 then 'y' end as kind, i % 2 = 0 as even, date '2024-01-01' + i::integer as day, timestamp '2024-01-05 01:02:03.123456' + interval (i) second as moment, sin(i) as y"
  await database.run(`create table t as select ${columns} from range(60) r(i)`)
  await database.run(`copy t to '${at('t.parquet')}' (format parquet)`)
  await database.run(`copy t to '${at('t.csv')}' (format csv)`)
  const reading = { dates: 'auto' } as const
  const [parquet, csv] = [await readTable(at('t.parquet'), reading), await readTable(at('t.csv'), reading)]
  t.strictSame([parquet.names, parquet.columns], [csv.names, csv.columns])
  const models = [new PsilonRegressor(options), new PsilonRegressor(options)]
  await models[0]?.fit(parquet, { target: 'y' })
  await models[1]?.fit(csv, { target: 'y' })
  const [first, second] = await Promise.all(models.map((model) => model.predict(csv)))
  t.strictSame(first, second)
  t.equal(await models[0]?.score(at('t.parquet')), await models[1]?.score(at('t.csv')))
})

const some = () =>
  parquetBytes(`[
    { name: 'a', data: Array.from({ length: 40 }, (_, i) => i % 7), type: 'INT32' },
    { name: 'word', data: Array.from({ length: 40 }, (_, i) => ['p', 'q', null][i % 3]), type: 'STRING' },
    { name: 'y', data: Array.from({ length: 40 }, (_, i) => Math.cos(i)), type: 'DOUBLE' },
  ]`)

t.test('hyparquet-writer writes', { skip }, async (t) => {
  const bytes = parquetBytes(`[
    { name: 'half', data: [0.5, -2, 65504, 2 ** -24], type: 'FLOAT16' },
    { name: 'moment', data: [0, 1, 2, 3].map((day) => new Date(day * 86_400_000)), type: 'TIMESTAMP' },
    { name: 'long', data: [1n, 2n, 3n, -4n], type: 'INT64' },
    { name: '__index_level_0__', data: [0, 1, 2, 3], type: 'INT32' },
  ]`)
  const table = await readTable(bytes)
  t.strictSame(table.names, ['half', 'moment', 'long'])
  t.strictSame(table.notes, ['the column __index_level_0__ is left out as an index of the rows'])
  t.strictSame(table.columns[0], [0.5, -2, 65504, 2 ** -24])
  t.strictSame(table.columns[1]?.[1], '1970-01-02T00:00:00Z')
  t.strictSame(table.columns[2], [1, 2, 3, -4])
})

t.test('whatever the bytes come from', { skip }, async (t) => {
  const bytes = some()
  writeFileSync(at('some.parquet'), bytes)
  writeFileSync(at('some'), bytes)
  writeFileSync(at('some.parquet.gz'), gzipSync(bytes))
  const expected = (await readTable(at('some.parquet'))).columns
  for (const input of [
    at('some'),
    at('some.parquet.gz'),
    bytes,
    Uint8Array.from(bytes).buffer,
    new Blob([bytes as never]).stream(),
  ]) {
    t.strictSame((await readTable(input)).columns, expected)
  }
})

t.test('nested columns are refused by name, where they are used', { skip }, async (t) => {
  const sql = "select i as a, [i] as tags, {'x': i} as place, map {'k': i} as pairs, sin(i) as y from range(40) r(i)"
  await (await duckDb()).run(`copy (${sql}) to '${at('nested.parquet')}' (format parquet)`)
  const model = new PsilonRegressor(options)
  const { message } = await refusal(model.fit(at('nested.parquet'), { target: 'y' }))
  for (const [column, kind] of Object.entries({ tags: 'list', place: 'struct', pairs: 'map' })) {
    t.match(
      message,
      `row index 0 of nested.parquet, column "${column}": got an object (${kind}), expected a number, text`,
    )
  }
  const ignore = ['tags', 'place', 'pairs']
  await new PsilonRegressor({ ...options, ignore }).fit(at('nested.parquet'), { target: 'y' })
})

t.test('the command line reads it', { skip }, async (t) => {
  writeFileSync(at('houses.parquet'), some())
  const small = ['--preset', 'paper', '--hidden', '4', '--depth', '1', '--epochs', '3', '--no-report']
  const trained = await psilon(['train', 'houses.parquet', '--target', 'y', '--out', 'h.safetensors', ...small], {
    cwd: folder,
  })
  t.equal(trained.code, 0, trained.stderr)
  t.match(trained.stdout, /table +houses\.parquet: 40 rows, 3 columns/)
  const predicted = await psilon(['predict', 'h.safetensors', 'houses.parquet'], { cwd: folder })
  t.equal(predicted.stdout.trim().split('\n').length, 41)
  const model = (await load(at('h.safetensors'))) as PsilonRegressor
  const { values } = await model.predict(await readTable(at('houses.parquet'), model.reading))
  t.equal(predicted.stdout.trim().split('\n')[1], String(values[0]))
})

t.test('damaged files are refused with the place', { skip }, async (t) => {
  const bytes = some()
  const text = Buffer.from(bytes).toString('latin1')
  const changed = (at: number, byte: number) => Uint8Array.from(bytes, (each, k) => (k === at ? byte : each))
  const cases: [bytes: Uint8Array, message: RegExp][] = [
    [bytes.subarray(0, 100), /^\[readTable\] b\.parquet is not a whole Parquet file: its last bytes are not PAR1$/],
    [bytes.subarray(0, 4), /^\[readTable\] b\.parquet is not a whole Parquet file: /],
    [changed(bytes.length - 6, 0x7f), /is not a whole Parquet file: metadata of \d+ bytes, where \d+ are$/],
    [changed(4, 0xff), /^\[readTable\] b\.parquet, column "a", row group 1: /],
    [Buffer.from('a,b\n1,2\n'), /^\[readTable\] b\.parquet is named \.parquet, but it is not a Parquet file$/],
  ]
  t.match(text, /^PAR1/)
  for (const [content, message] of cases) {
    writeFileSync(at('b.parquet'), content)
    const error = await refusal(readTable(at('b.parquet')))
    t.equal(error.code, 'ERR_FILE')
    t.match(error.message, message)
  }
  const twice = parquetBytes("['a', ' a'].map((name) => ({ name, data: [1], type: 'INT32' }))")
  writeFileSync(at('twice.parquet'), twice)
  await refuses(t, 'ERR_DATA', '[readTable] twice.parquet calls two columns "a"', () => readTable(at('twice.parquet')))
  const none = parquetBytes("[{ name: 'a', data: [], type: 'INT32' }]")
  writeFileSync(at('none.parquet'), none)
  await refuses(t, 'ERR_DATA', '[readTable] none.parquet has columns, but no rows', () => readTable(at('none.parquet')))
})

t.test('a table that does not fit is refused, whatever its row groups', { skip }, async (t) => {
  const database = await duckDb()
  const wide = Array.from({ length: 20 }, (_, j) => `'some text ' || (i * 20 + ${j}) as c${j}`).join(', ')
  const path = at('wide.parquet')
  await database.run(
    `copy (select ${wide} from range(60000) r(i)) to '${path}' (format parquet, codec 'zstd', row_group_size 10000)`,
  )
  const { stdout, code } = await psilonHeap(path)
  t.equal(code, 0)
  const [errorCode, message] = JSON.parse(stdout)
  t.equal(errorCode, 'ERR_MEMORY')
  t.match(message, /^\[readTable\] wide\.parquet is read whole, and needs more than [\d.]+ MB, [\d.]+ MB is available$/)
  t.ok(readFileSync(path).length < 2 ** 24)
})

async function psilonHeap(path: string) {
  const { spawnSync } = await import('node:child_process')
  const code = `import { readTable } from 'psilon'
    const error = await readTable(${JSON.stringify(path)}).catch((error) => error)
    console.log(JSON.stringify([error.code, error.message]))`
  const args = ['--max-old-space-size=80', '--input-type=module', '--eval', code]
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { stdout, code: status }
}
