import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { PsilonRegressor, readTable, type TableInput } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'
import { arrow, duckDb, noLibraries } from './libraries.js'

const folder = t.testdir()
const skip = noLibraries

/** A table whose cells each library has in its own way. */
const rows = Array.from({ length: 40 }, (_, i) => ({
  a: i % 7,
  word: i % 3 === 2 ? null : `word ${i % 3}`,
  even: i % 2 === 0,
  big: 2 ** 40 + i,
  price: (i % 9) / 4,
  day: `2024-01-${String((i % 28) + 1).padStart(2, '0')}`,
  y: Math.cos(i),
}))
type Row = (typeof rows)[number]
const names = Object.keys(rows[0] as Row) as (keyof Row)[]
const column = (name: keyof Row) => rows.map((row) => row[name])
const dateOf = (text: unknown) => new Date(`${text}T00:00:00Z`)
const csv = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))]
  .map((cells) => cells.join(','))
  .join('\n')

function arrowTable() {
  const { Table, vectorFromArray, Utf8, Int32, Int64, Bool, Float64, DateDay, Decimal, makeVector, makeData } = arrow()
  const scaled = BigUint64Array.from(rows.flatMap(({ price }) => [BigInt(price * 100), 0n]))
  const decimals = { type: new Decimal(2, 10, 128), length: rows.length, data: new Uint32Array(scaled.buffer) }
  return new Table({
    a: vectorFromArray(column('a'), new Int32()),
    word: vectorFromArray(column('word'), new Utf8()),
    even: vectorFromArray(column('even'), new Bool()),
    big: vectorFromArray(
      column('big').map((value) => BigInt(value as number)),
      new Int64(),
    ),
    price: makeVector(makeData(decimals)),
    day: vectorFromArray(column('day').map(dateOf), new DateDay()),
    y: vectorFromArray(column('y'), new Float64()),
  })
}

/** Both have the shape that nodejs-polars 0.26 and danfojs 1.2 document; polars was also tried itself. */
class PolarsDouble {
  readonly columns = names
  readonly height = rows.length
  get [Symbol.toStringTag]() {
    return 'DataFrame'
  }
  getColumn(name: keyof Row) {
    const value = { day: dateOf, big: (cell: unknown) => BigInt(cell as number) }[name as string]
    return { toArray: () => column(name).map((cell) => (value === undefined ? cell : value(cell))) }
  }
}
class DanfoDouble {
  readonly columns = names
  readonly shape = [rows.length, names.length]
  readonly values = rows.map((row) => names.map((name) => row[name] ?? Number.NaN))
}

async function* inPieces(text: string) {
  for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7))
}

const sql = () => {
  const cells = (row: Row) =>
    names.map((name) => (typeof row[name] === 'string' || name === 'y' ? `'${row[name]}'` : String(row[name])))
  const types = [
    'a::integer a',
    'word',
    'even',
    'big::bigint big',
    'price::decimal(10, 2) price',
    'day::date as day',
    'y::double as y',
  ]
  return `select ${types.join(', ')} from (values ${rows.map((row) => `(${cells(row)})`).join(', ')}) t(${names})`
}

async function* batches() {
  yield rows.slice(0, 15)
  yield rows.slice(15)
}

/** Every form of the table, by the name of what gives it. */
const forms: [name: string, input: () => unknown, needs?: string | false][] = [
  ['an array of objects', () => rows],
  ['a generator of objects', () => rows.values()],
  ['a Set of objects', () => new Set(rows)],
  ['an async iterator of objects', () => Readable.from(rows)],
  ['an async iterator of arrays of objects', batches],
  ['a Readable of bytes', () => createReadStream(join(folder, 'table.csv'))],
  ['a Readable of text', () => createReadStream(join(folder, 'table.csv'), 'utf8')],
  ['a web stream', () => new Blob([csv]).stream()],
  ['a web stream without an iterator', () => ({ getReader: () => new Blob([csv]).stream().getReader() })],
  ['an async iterator of pieces of a gzip file', () => Readable.from([gzipSync(csv)])],
  ['an async iterator of small pieces', () => inPieces(csv)],
  ['the bytes of a CSV file', () => Buffer.from(csv)],
  ['the bytes of a gzip file', () => new Uint8Array(gzipSync(csv)).buffer],
  ['the URL of a file', () => pathToFileURL(join(folder, 'table.csv'))],
  ['a Table of Apache Arrow', arrowTable, skip],
  ['a RecordBatch of Apache Arrow', () => arrowTable().batches[0], skip],
  ['a reader of DuckDB', async () => (await duckDb()).runAndReadAll(sql()), skip],
  ['a reader of DuckDB that has read nothing', async () => (await duckDb()).runAndRead(sql()), skip],
  ['a result of DuckDB', async () => (await duckDb()).run(sql()), skip],
  ['a stream of DuckDB', async () => (await (await duckDb()).stream(sql())).yieldRowObjects(), skip],
  ['rows of DuckDB', async () => (await (await duckDb()).runAndReadAll(sql())).getRowObjects(), skip],
  [
    'rows of DuckDB as JavaScript values',
    async () => (await (await duckDb()).runAndReadAll(sql())).getRowObjectsJS(),
    skip,
  ],
  ['a DataFrame of polars', () => new PolarsDouble()],
  ['a DataFrame of danfo', () => new DanfoDouble()],
]

writeFileSync(join(folder, 'table.csv'), csv)

for (const [name, input, needs = false] of forms) {
  t.test(`${name} is the table that its CSV file is`, { skip: needs }, async (t) => {
    const expected = await readTable(join(folder, 'table.csv'), { dates: 'auto' })
    const table = await readTable((await input()) as TableInput, { dates: 'auto' })
    t.strictSame([table.names, table.columns], [expected.names, expected.columns])
  })
}

t.test('what is in memory can be predicted as it is, and nothing else', { skip }, async (t) => {
  const model = new PsilonRegressor({ preset: 'paper', hidden: 8, depth: 1, epochs: 5, seed: 1 })
  await model.fit(await readTable(rows, { dates: 'auto' }), { target: 'y' })
  const expected = await model.predict(rows)
  const reader = await (await duckDb()).runAndReadAll(sql())
  for (const input of [arrowTable(), reader, new PolarsDouble(), new DanfoDouble(), rows.values()]) {
    t.strictSame(await model.predict(input as never), expected)
  }
  for (const [input, given] of [
    [Buffer.from(csv), 'bytes'],
    [Readable.from(rows), 'a stream'],
  ] as const) {
    const message = `[predict] takes rows, columns or what readTable gave, got ${given}; read it first: await readTable(input, model.reading)`
    await refuses(t, 'ERR_OPTION', message, () => model.predict(input as never))
  }
})

const objects = 'expected an object'
const itself = (name: string) =>
  `row index 0 of the table is itself a table, an object (${name}); expected an object with the cells of a row`
/** A result of DuckDB whose rows are still to come; nothing may read them. */
class Unread {
  columnNames = () => t.fail('its columns are not asked for')
  getColumns = () => t.fail('nor its cells')
}
const refusals: [code: string, message: string, input: () => unknown, needs?: string | false][] = [
  ['ERR_DATA', `row index 1 of the table is an array of 1, ${objects}`, () => new Set([{ a: 1 }, [1]])],
  ['ERR_DATA', `row index 0 of the table is an array of 2, ${objects}`, () => new Map([['a', 1]])],
  ['ERR_DATA', `row index 1 of the table is 5, ${objects}`, () => Readable.from([{ a: 1 }, 5])],
  ['ERR_DATA', itself('RecordBatch'), () => arrowTable().batches, skip],
  ['ERR_DATA', itself('PolarsDouble'), () => [new PolarsDouble()]],
  ['ERR_DATA', itself('Unread'), () => Readable.from([new Unread()])],
  ['ERR_DATA', 'the stream gives nothing, expected the bytes of a file or rows', () => Readable.from([])],
  ['ERR_DATA', 'the stream gives bytes and something else, expected either', () => Readable.from(['a,b\n', { a: 1 }])],
  ['ERR_DATA', 'line 2 of the file in memory has 1 cells, the header has 2', () => Buffer.from('a,b\n1\n')],
  ['ERR_DATA', 'line 2 of the stream has 1 cells, the header has 2', () => inPieces('a,b\n1\n')],
  ['ERR_DATA', 'the file in memory is empty, expected a header row', () => Buffer.alloc(0)],
  ['ERR_FILE', 'cannot read the stream: the line broke', () => failing()],
  [
    'ERR_FILE',
    'the stream is not a whole gzip file: unexpected end of file',
    () => Readable.from([gzipSync(csv).subarray(0, 50)]),
  ],
  ['ERR_OPTION', '"https://example.org/a.csv" is not the URL of a file', () => new URL('https://example.org/a.csv')],
]
async function* failing() {
  yield Buffer.from('a,b\n1,2\n')
  throw new Error('the line broke')
}
for (const [code, message, input, needs = false] of refusals) {
  t.test(message, { skip: needs }, (t) =>
    refuses(t, code, `[readTable] ${message}`, () => readTable(input() as TableInput)),
  )
}

t.test('a stream that is refused is closed', async (t) => {
  const stream = createReadStream(join(folder, 'table.csv'), { highWaterMark: 20 })
  const ragged = Readable.from(inPieces(`a,b\n${'1\n'.repeat(1000)}`))
  await t.rejects(readTable(ragged), { code: 'ERR_DATA' })
  t.ok(ragged.destroyed)
  t.equal((await readTable(stream)).rows, rows.length)
  t.ok(stream.destroyed)
})
