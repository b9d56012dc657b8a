import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cellNumber, columnIndex, readTable, selectRows } from '#psilon/data/table.js'
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
    const table = await readTable(form, 'fit')
    t.strictSame([table.names, table.columns, table.rows], [['n', 's'], columns, 3])
  }
})

t.test('names of objects are their union, in the order of appearance', async (t) => {
  const table = await readTable([{ b: 1 }, { a: 2, b: 3 }], 'fit')
  t.strictSame(table.names, ['b', 'a'])
  t.strictSame(table.columns, [
    [1, 3],
    [null, 2],
  ])
})

t.test('typed arrays are columns', async (t) => {
  t.strictSame((await readTable({ a: Float32Array.of(1, 2), b: Int8Array.of(3, 4) }, 'fit')).columns, [
    [1, 2],
    [3, 4],
  ])
})

t.test('missing cells', async (t) => {
  const texts = ['', 'NA', 'na', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', '?']
  const fromCsv = await readTable(csv(`a,b\n${texts.map((text) => `${text},1`).join('\n')}\n`), 'fit')
  t.ok(fromCsv.columns[0].every((cell) => cell === null))
  const fromValues = await readTable({ a: [...texts, '  ', null, undefined] }, 'fit')
  t.ok(fromValues.columns[0].every((cell) => cell === null))
  t.strictSame((await readTable({ a: ['none', '-', 'no'] }, 'fit')).columns[0], ['none', '-', 'no'])
})

t.test('numbers in a CSV file', async (t) => {
  const table = await readTable(csv('a,b\n1e3,x1\n+.5,1 2\n-7.,0x10\n00012,1_000\n'), 'fit')
  t.strictSame(table.columns[0], [1000, 0.5, -7, 12])
  t.strictSame(table.columns[1], ['x1', '1 2', '0x10', '1_000'])
})

t.test('JavaScript values stay as they are given', async (t) => {
  t.strictSame((await readTable({ a: ['1', 2, true, ' x '] }, 'fit')).columns[0], ['1', 2, true, ' x '])
  t.strictSame([' 1 ', 2, true, false, 'x', null, '1e999'].map(cellNumber), [
    1,
    2,
    1,
    0,
    undefined,
    undefined,
    undefined,
  ])
})

t.test('a word that looks like infinity is a word among words', async (t) => {
  t.strictSame((await readTable(csv('a\ninf\ninfantry\n'), 'fit')).columns[0], ['inf', 'infantry'])
})

t.test('rows know where they came from, through selections', async (t) => {
  const file = await readTable(csv('a,b\n1,"x\ny"\n2,z\n\n3,w\n'), 'fit')
  t.strictSame([0, 1, 2].map(file.where), ['line 2 of a.csv', 'line 4 of a.csv', 'line 6 of a.csv'])
  const selected = selectRows(file, Uint32Array.of(2, 0, 1)).slice(1, 3)
  t.strictSame(selected.columns[0], [1, 2])
  t.equal(selected.rows, 2)
  t.strictSame([0, 1].map(selected.where), ['line 2 of a.csv', 'line 4 of a.csv'])
  const last = file.slice(-2)
  t.strictSame([last.rows, last.columns[0], last.where(0)], [2, [2, 3], 'line 4 of a.csv'])
  t.strictSame([file.slice(5).rows, file.slice(1, 1).rows, file.slice().rows], [0, 0, 3])
  t.equal((await readTable({ a: [1, 2] }, 'fit')).where(1), 'row index 1')
})

t.test('a misspelt column is refused with the nearest name', async (t) => {
  const table = await readTable({ price: [1], rooms: [2] }, 'fit')
  t.equal(columnIndex(table, 'rooms', 'fit', 'target'), 1)
  const message = '[fit] target "prise" is not a column of the table; did you mean "price"?'
  await refuses(t, 'ERR_OPTION', message, () => columnIndex(table, 'prise', 'fit', 'target'))
})

const expected = 'expected the path of a CSV file, an array of objects or an object of columns'
const value = 'expected a number, text, boolean or null'
const finite = 'expected a finite number, or null for a missing value'
const refusals: [code: string, message: string, input: unknown][] = [
  ['ERR_DATA', `[fit] the table is undefined, ${expected}`, undefined],
  ['ERR_DATA', `[fit] the table is an object (Float64Array), ${expected}`, Float64Array.of(1)],
  ['ERR_DATA', `[fit] the table is empty, ${expected}`, []],
  ['ERR_DATA', `[fit] the table is empty, ${expected}`, {}],
  ['ERR_DATA', `[fit] the table is empty, ${expected}`, { a: [] }],
  ['ERR_DATA', `[fit] the table is empty, ${expected}`, [{}, {}]],
  ['ERR_DATA', '[fit] row index 1 of the table is an array of 2, expected an object', [{ a: 1 }, [1, 2]]],
  ['ERR_DATA', '[fit] row index 0 of the table is null, expected an object', [null]],
  ['ERR_DATA', '[fit] row index 0 of the table is an object (Date), expected an object', [new Date()]],
  ['ERR_DATA', '[fit] column "b" is "x", expected an array', { a: [1], b: 'x' }],
  ['ERR_DATA', '[fit] column "a" is an object (DataView), expected an array', { a: new DataView(new ArrayBuffer(4)) }],
  ['ERR_SHAPE', '[fit] column "b" has 3 rows, column "a" has 2', { a: [1, 2], b: [1, 2, 3] }],
  ['ERR_DATA', '[fit] "__proto__" cannot be the name of a column', JSON.parse('{"__proto__": [1]}')],
  ['ERR_DATA', '[fit] "" cannot be the name of a column', { '': [1] }],
  ['ERR_DATA', `[fit] row index 1, column "a": got NaN, ${finite}`, { a: [1, Number.NaN] }],
  ['ERR_DATA', `[fit] row index 0, column "a": got -Infinity, ${finite}`, [{ a: -Infinity }]],
  ['ERR_DATA', `[fit] row index 0, column "a": got an object (Date), ${value}`, [{ a: new Date() }]],
  ['ERR_DATA', `[fit] row index 0, column "a": got an array of 1, ${value}`, { a: [[1]] }],
  ['ERR_DATA', `[fit] row index 0, column "a": got 5n, ${value}`, { a: [5n] }],
]
for (const [code, message, input] of refusals) {
  t.test(message, (t) => refuses(t, code, message, () => readTable(input, 'fit')))
}

t.test('infinity among numbers in a CSV file is refused', async (t) => {
  for (const text of ['inf', '-Inf', 'Infinity', '1e999']) {
    const message = `[fit] line 3 of a.csv, column "b": got "${text}", expected a finite number`
    await refuses(t, 'ERR_DATA', message, () => readTable(csv(`a,b\n1,2\n1,${text}\n`), 'fit'))
  }
})
