import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { requireSound } from '#psilon/data/column-encoding.js'
import { columnIndex, columnOf, readTable, selectRows } from '#psilon/tables/table.js'
import { refuses } from '../support/refusal.js'

const folder = t.testdir()

function csv(content: string): string {
  const path = join(folder, 'a.csv')
  writeFileSync(path, content)
  return path
}

t.test('the three forms give the same cells', async (t) => {
  const columns = [
    [1, -2.5, null],
    ['x', null, 'z'],
  ]
  const objects = [{ n: 1, s: 'x' }, { n: -2.5, s: null }, { s: 'z' }]
  const forms = [csv('n,s\n1,x\n-2.5,\n,z\n'), objects, { n: [1, -2.5, null], s: ['x', undefined, 'z'] }]
  for (const form of forms) {
    const table = await readTable(form)
    t.strictSame([table.names, table.columns, table.rows], [['n', 's'], columns, 3])
  }
})

t.test('names of objects are their union, in the order of appearance', async (t) => {
  const table = await readTable([{ b: 1 }, { a: 2, b: 3 }])
  t.strictSame(table.names, ['b', 'a'])
  t.strictSame(table.columns, [
    [1, 3],
    [null, 2],
  ])
})

t.test('typed arrays are columns', async (t) => {
  t.strictSame((await readTable({ a: Float32Array.of(1, 2), b: Int8Array.of(3, 4) })).columns, [
    [1, 2],
    [3, 4],
  ])
})

t.test('missing cells', async (t) => {
  const texts = ['', 'NA', 'na', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?']
  const fromCsv = await readTable(csv(`a,b\n${texts.map((text) => `${text},1`).join('\n')}\n`))
  t.ok(fromCsv.columns[0].every((cell) => cell === null))
  const fromValues = await readTable({ a: [...texts, '  ', null, undefined] })
  t.ok(fromValues.columns[0].every((cell) => cell === null))
  t.strictSame((await readTable({ a: ['none', '-', 'no'] })).columns[0], ['none', '-', 'no'])
})

t.test('numbers in a CSV file', async (t) => {
  const table = await readTable(csv('a,b\n1e3,x1\n+.5,1 2\n-7.,0x10\n12,1_000\n'))
  t.strictSame(table.columns[0], [1000, 0.5, -7, 12])
  t.strictSame(table.columns[1], ['x1', '1 2', '0x10', '1_000'])
})

t.test('JavaScript values stay as they are given among texts, which lose the blanks around them', async (t) => {
  const given = [' 1 ', 2, true, false, ' x ', null, '1e999', 12345678901234567890n]
  const table = await readTable({ a: given })
  t.strictSame(table.columns[0], ['1', 2, true, false, 'x', null, '1e999', '12345678901234567890'])
  const column = columnOf(table, 'a', 'target')
  t.strictSame(
    given.map((_, row) => column.number(row)),
    [1, 2, 1, 0, undefined, undefined, undefined, 12345678901234567000],
  )
})

t.test('a column of numbers or of booleans is one in every form', async (t) => {
  const numbers = [[1, '2', ' +3 ', 4n, null, Number.NaN], csv('a,b\n1,1\n2,1\n3,1\n4,1\nNA,1\n,1\n')]
  for (const form of numbers) {
    const { columns } = await readTable(typeof form === 'string' ? form : { a: form })
    t.strictSame(columns[0], [1, 2, 3, 4, null, null])
  }
  const booleans = [[true, 'False', 'TRUE', null], csv('a,b\ntrue,1\nFalse,1\nTRUE,1\n,1\n')]
  for (const form of booleans) {
    const { columns } = await readTable(typeof form === 'string' ? form : { a: form })
    t.strictSame(columns[0], [true, false, true, null])
  }
})

t.test('numbers that would lose digits keep their column one of texts', async (t) => {
  for (const texts of [
    ['007', '42'],
    ['9007199254740993', '1'],
    ['-01', '2.5'],
    ['00', '1'],
  ]) {
    t.strictSame((await readTable({ a: texts })).columns[0], texts)
    t.strictSame((await readTable(csv(`a,b\n${texts.map((text) => `${text},1`).join('\n')}\n`))).columns[0], texts)
  }
  for (const texts of [
    ['0', '0.5', '-0'],
    ['9007199254740992', '1'],
    ['1e300', '12345678901234567890.5'],
  ]) {
    t.strictSame((await readTable({ a: texts })).columns[0], texts.map(Number))
  }
})

t.test('rows of a table are of the kind that the whole column is', async (t) => {
  const table = await readTable({ zip: ['0042', '42', '7'] })
  t.strictSame(table.slice(1).columns[0], ['42', '7'])
})

t.test('the texts of decimals and of missing values can be said', async (t) => {
  const reading = { decimal: ',', missing: ['-', 'none'] } as const
  const table = await readTable(csv('a;b\n1,5;NA\n-;x\nNone;y\n2;\n'), reading)
  t.strictSame(table.columns, [
    [1.5, null, null, 2],
    ['NA', 'x', 'y', null],
  ])
  t.strictSame((await readTable({ a: ['1,5', '-'] }, reading)).columns[0], [1.5, null])
})

t.test('a word that looks like infinity is a word among words', async (t) => {
  t.strictSame((await readTable(csv('a\ninf\ninfantry\n'))).columns[0], ['inf', 'infantry'])
})

t.test('rows know where they came from, through selections', async (t) => {
  const file = await readTable(csv('a,b\n1,"x\ny"\n2,z\n\n3,w\n'))
  t.strictSame([0, 1, 2].map(file.where), ['line 2 of a.csv', 'line 4 of a.csv', 'line 6 of a.csv'])
  const selected = selectRows(file, Uint32Array.of(2, 0, 1)).slice(1, 3)
  t.strictSame(selected.columns[0], [1, 2])
  t.equal(selected.rows, 2)
  t.strictSame([0, 1].map(selected.where), ['line 2 of a.csv', 'line 4 of a.csv'])
  const last = file.slice(-2)
  t.strictSame([last.rows, last.columns[0], last.where(0)], [2, [2, 3], 'line 4 of a.csv'])
  t.strictSame([file.slice(5).rows, file.slice(1, 1).rows, file.slice().rows], [0, 0, 3])
  t.strictSame([file.slice(1.7).where(0), file.slice(Number.NaN).rows], ['line 4 of a.csv', 3])
  t.equal((await readTable({ a: [1, 2] })).where(1), 'row index 1')
})

t.test('a misspelt column is refused with the nearest name', async (t) => {
  const table = await readTable({ price: [1], rooms: [2] })
  t.equal(columnIndex(table, 'rooms', 'target'), 1)
  const message = 'target "prise" is not a column of the table; did you mean "price"?'
  await refuses(t, 'ERR_OPTION', message, () => columnIndex(table, 'prise', 'target'))
})

const expected = 'expected the path of a CSV or Parquet file, rows, columns or a table of another library'
const refusals: [code: string, message: string, input: unknown][] = [
  ['ERR_DATA', `the table is undefined, ${expected}`, undefined],
  ['ERR_DATA', `the table is an object (Float64Array), ${expected}`, Float64Array.of(1)],
  ['ERR_DATA', `the table is empty, ${expected}`, []],
  ['ERR_DATA', `the table is empty, ${expected}`, {}],
  ['ERR_DATA', `the table is empty, ${expected}`, { a: [] }],
  ['ERR_DATA', `the table has 2 rows without a property of its own, ${expected}`, [{}, {}]],
  ['ERR_DATA', 'row index 1 of the table is an array of 2, expected an object', [{ a: 1 }, [1, 2]]],
  ['ERR_DATA', 'row index 0 of the table is null, expected an object', [null]],
  ['ERR_DATA', 'row index 0 of the table is an object (Date), expected an object', [new Date()]],
  ['ERR_DATA', 'column "b" is "x", expected an array', { a: [1], b: 'x' }],
  ['ERR_DATA', 'column "a" is an object (DataView), expected an array', { a: new DataView(new ArrayBuffer(4)) }],
  ['ERR_SHAPE', 'column "b" has 3 rows, column "a" has 2', { a: [1, 2], b: [1, 2, 3] }],
  ['ERR_DATA', '"__proto__" cannot be the name of a column', JSON.parse('{"__proto__": [1]}')],
  ['ERR_DATA', '"" cannot be the name of a column', { '': [1] }],
]
for (const [code, message, input] of refusals) {
  t.test(message, (t) => refuses(t, code, message, () => readTable(input)))
}

const value = 'expected a number, text, boolean or null'
const finite = 'expected a finite number, or null for a missing value'
const faults: [found: string, input: unknown][] = [
  [`row index 0, column "a": got -Infinity, ${finite}`, [{ a: -Infinity }, { a: 1 }]],
  [
    `row index 0, column "a": got an object (Date), ${value}; with the option dates, dates are numbers`,
    [{ a: new Date() }],
  ],
  [`row index 0, column "a": got an array of 1, ${value}`, { a: [[1]] }],
  [`row index 1, column "a": got a function, ${value}`, { a: ['x', () => 0] }],
  ...['inf', '-Inf', 'Infinity', '1e999'].map((text): [string, unknown] => [
    `row index 1, column "a": got "${text}", expected a finite number`,
    { a: ['1', text] },
  ]),
  [
    `row index 1, column "a": got Infinity, ${finite}; 1 more cell of this column: row index 3`,
    { a: [1, Infinity, 2, new Map()] },
  ],
]
for (const [found, input] of faults) {
  t.test(`whoever uses the column is told: ${found}`, async (t) => {
    const table = await readTable(input)
    await refuses(t, 'ERR_DATA', `${found}`, () => {
      requireSound(table, columnOf(table, 'a', 'target'))
    })
  })
}

t.test('infinity among numbers in a CSV file is named by its line', async (t) => {
  const table = await readTable(csv('a,b\n1,2\n1,inf\n'))
  const message = 'line 3 of a.csv, column "b": got "inf", expected a finite number'
  await refuses(t, 'ERR_DATA', message, () => requireSound(table, columnOf(table, 'b', 'target')))
})
