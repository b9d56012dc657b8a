import { readTable } from 'psilon'
import t from 'tap'
import { type ArrowRsOptions, arrow, arrowRsBytes, noArrowRs } from './libraries.js'

const rows = 700
const day = 86_400_000
const moment = (i: number) => i * 1_000_003
const isoDay = (i: number) => new Date(i * day).toISOString().slice(0, 10)

/** Columns by the type of arrow: the value of row i, and its cell if that is another one. */
const types: Record<string, [value: (i: number) => unknown, cell?: (i: number) => unknown]> = {
  Int8: [(i) => (i % 100) - 50],
  Int16: [(i) => i - 350],
  Int32: [(i) => i * -1_000_003],
  Uint32: [(i) => 4_000_000_000 + i],
  Int64: [(i) => BigInt(i) * -1_000_003n, (i) => i * -1_000_003],
  Uint64: [(i) => BigInt(i) * 7n, (i) => i * 7],
  Float16: [(i) => (i % 64) / 4],
  Float32: [(i) => i / 4],
  Float64: [(i) => i / 3],
  Bool: [(i) => i % 5 === 0],
  Utf8: [(i) => `word ${i}`],
  DateDay: [(i) => new Date(i * day), isoDay],
  TimestampMillisecond: [moment],
  TimestampMicrosecond: [moment],
  TimestampNanosecond: [moment],
  TimeMillisecond: [(i) => i * 1000, (i) => new Date(i * 1000).toISOString().slice(11, 19)],
}

const isNull = (i: number) => i % 3 === 1
const hundredths = (i: number) => 7 * (i - 350)

interface Given {
  name: string
  vector: unknown
  cell(i: number): unknown
}

/** Each type without and with nulls, decimals of three widths, and a column of few texts. */
function columns(): Given[] {
  const library = arrow()
  const { vectorFromArray, makeData, makeVector, Decimal, Dictionary, Utf8, Int32 } = library
  const places = Array.from({ length: rows }, (_, i) => i)
  const plain = Object.entries(types).flatMap(([name, [value, cell = value]]): Given[] => {
    const vector = (values: unknown[]) => vectorFromArray(values, new library[name]())
    const some = places.map((i) => (isNull(i) ? null : value(i)))
    return [
      { name, vector: vector(places.map(value)), cell },
      { name: `${name}, nulls`, vector: vector(some), cell: (i) => (isNull(i) ? null : cell(i)) },
    ]
  })
  const decimals = [9, 18, 38].map((digits): Given => {
    const data = new Uint32Array(places.flatMap((i) => [hundredths(i), ...Array(3).fill(hundredths(i) < 0 ? -1 : 0)]))
    const vector = makeVector(makeData({ type: new Decimal(2, digits, 128), data, length: rows }))
    return { name: `Decimal ${digits}`, vector, cell: (i) => hundredths(i) / 100 }
  })
  const few = (i: number) => (isNull(i) ? null : `level ${i % 9}`)
  const dictionary = vectorFromArray(places.map(few), new Dictionary(new Utf8(), new Int32()))
  return [...plain, ...decimals, { name: 'Dictionary', vector: dictionary, cell: few }]
}

const codecs = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW'] as const

t.test('arrow-rs writes: each codec, version of pages and type', { skip: noArrowRs }, async (t) => {
  const given = columns()
  const table = new (arrow().Table)(Object.fromEntries(given.map(({ name, vector }) => [name, vector])))
  const written = async (options: ArrowRsOptions) => {
    const bytes = arrowRsBytes(table, { pageBytes: 1000, groupRows: 300, ...options })
    const read = await readTable(bytes)
    t.strictSame(
      read.names,
      given.map(({ name }) => name),
    )
    const wrong = given.flatMap(({ name, cell }, j) =>
      Array.from({ length: rows }, (_, i) => [name, i, read.columns[j]?.[i], cell(i)] as const)
        .filter(([name, , found, cell]) => momentOf(name, found) !== cell)
        .slice(0, 1),
    )
    t.strictSame(wrong, [], JSON.stringify(options))
  }
  for (const codec of codecs) {
    for (const version of ['V1', 'V2'] as const) {
      for (const dictionary of [true, false]) await written({ codec, version, dictionary })
    }
  }
})

/** Moments as numbers, and 0 without its sign. */
function momentOf(name: string, cell: unknown): unknown {
  if (name.startsWith('Timestamp') && typeof cell === 'string') return Date.parse(cell)
  return Object.is(cell, -0) ? 0 : cell
}

t.test('split bytes of arrow-rs', { skip: noArrowRs }, async (t) => {
  const { Float32, Float64, Int32, vectorFromArray, Table } = arrow()
  const values = Array.from({ length: rows }, (_, i) => (isNull(i) ? null : i / 4))
  const vectors = { a: vectorFromArray(values, new Float32()), b: vectorFromArray(values, new Float64()) }
  const whole = values.map((value) => (value === null ? null : 4 * value))
  const table = new Table({ ...vectors, c: vectorFromArray(whole, new Int32()) })
  for (const version of ['V1', 'V2'] as const) {
    const options = { codec: 'ZSTD', version, dictionary: false, encoding: 'BYTE_STREAM_SPLIT' } as const
    t.strictSame((await readTable(arrowRsBytes(table, options))).columns, [values, values, whole])
  }
})

t.test(
  'a page that unpacks to another size than its header says is refused with its place',
  { skip: noArrowRs },
  async (t) => {
    const { Int32, vectorFromArray, Table } = arrow()
    const values = Array.from({ length: 50 }, (_, i) => i % 8)
    const table = new Table({ a: vectorFromArray(values, new Int32()) })
    for (const codec of codecs) {
      const bytes = arrowRsBytes(table, { codec, version: 'V1', dictionary: false })
      t.strictSame((await readTable(bytes)).columns, [values])
      // the header of the first page: its type 0, and its size in the second field, seven bits a byte, its sign in the lowest
      t.strictSame([...bytes.subarray(4, 7)], [0x15, 0, 0x15])
      for (const change of [2, -2]) {
        const other = Uint8Array.from(bytes)
        other[7] = (other[7] as number) + change
        const error = await readTable(other).then(
          () => null,
          (error) => error,
        )
        t.match(error, { code: 'ERR_FILE' }, codec)
        t.ok(error?.message.includes('column "a", row group 1: '), `${codec}: ${error?.message}`)
      }
    }
  },
)
