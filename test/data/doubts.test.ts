import t from 'tap'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readTable } from '#psilon/tables/table.js'
import { refuses } from '../support/refusal.js'

const many = (write: (i: number) => unknown, rows = 40) => Array.from({ length: rows }, (_, i) => write(i))
const learn = async (columns: Record<string, unknown[]>, options = {}) =>
  Preprocessor.learn(await readTable(columns), options)

const others = 'if it holds categories, say categorical: ["x"]; or leave it out with ignore: ["x"]'
const takeOut = 'remove them'
const doubtful: [found: string, remedy: string, cells: unknown[]][] = [
  ['numbers with decimal commas: "0,5" (row index 0)', 'read the table with decimal: ","', many((i) => `${i},5`)],
  [
    'numbers with decimal commas: "1,5" (row index 1)',
    'read the table with decimal: ","',
    many((i) => ['2', '1,5', '3'][i % 3]),
  ],
  [
    'numbers with commas, between thousands or before decimals: "1,000" (row index 0)',
    'remove the commas, or if they are decimal commas read the table with decimal: ","',
    many((i) => `${i + 1},000`),
  ],
  ['numbers with signs between thousands: "1,000.50" (row index 0)', takeOut, many((i) => `${i + 1},000.50`)],
  ['numbers with percent signs: "0%" (row index 0)', takeOut, many((i) => `${i}%`)],
  ['numbers with currency signs: "$0.99" (row index 0)', takeOut, many((i) => `$${i}.99`)],
  ['numbers with signs or units: "0 kg" (row index 0)', takeOut, many((i) => `${i} kg`)],
  [
    'dates or times: "0:30" (row index 0)',
    'turn them into numbers, such as days or hours',
    many((i) => `${i % 24}:30`),
  ],
  [
    'dates: "2024-01-01" (row index 0)',
    'to use them as numbers, read the table with dates: "auto"',
    many((i) => `2024-01-${String(i + 1).padStart(2, '0')}`, 28),
  ],
  [
    'dates or times: "2024-01-1" (row index 0)',
    'turn them into numbers, such as days or hours',
    many((i) => `2024-01-${i + 1}`, 28),
  ],
  [
    'numbers of different lengths, some with leading zeros: "007" (row index 3)',
    'remove the leading zeros if these are numbers',
    many((i) => (i === 3 ? '007' : String(i))),
  ],
  [
    '10 of 40 cells that are not numbers: "-" (row index 0)',
    'if they mean a missing value, read the table with missing: ["NA","N/A","NaN","null","?","-"]',
    many((i) => (i % 4 === 0 ? '-' : i)),
  ],
  [
    '3 of 8 cells that are not numbers: "n.a.", "missing" (first in row index 1)',
    'if they mean a missing value, read the table with missing: ["NA","N/A","NaN","null","?","n.a.","missing"]',
    [1, 'n.a.', 2, 'missing', 1, 2, 1, 'n.a.'],
  ],
  [
    '1 of 6 cells that are not numbers: "x" (row index 5)',
    'if they mean a missing value, read the table with missing: ["NA","N/A","NaN","null","?","x"]',
    [1, 2, 3, 4, 5, 'x'],
  ],
]
for (const [found, remedy, cells] of doubtful) {
  t.test(`a column is refused that has ${found}`, async (t) => {
    const message = `column "x" has ${found}; ${remedy}; ${others}`
    await refuses(t, 'ERR_DATA', message, () => learn({ x: cells, y: many((i) => i, cells.length) }))
    t.equal((await learn({ x: cells }, { categorical: ['x'] })).columns[0]?.kind, 'categorical')
    t.same((await learn({ x: cells, y: many((i) => i, cells.length) }, { ignore: ['x'] })).columns.length, 1)
  })
}

t.test('all doubtful columns are told in one message', async (t) => {
  const columns = {
    a: many((i) => `${i}%`),
    fine: many((i) => i),
    b: many((i) => `${i},5`),
    id: many((i) => `u${i}`, 40),
  }
  const hint = (name: string) =>
    `if it holds categories, say categorical: ["${name}"]; or leave it out with ignore: ["${name}"]`
  const a = `column "a" has numbers with percent signs: "0%" (row index 0); ${takeOut}; ${hint('a')}`
  const b = `column "b" has numbers with decimal commas: "0,5" (row index 0); read the table with decimal: ","; ${hint('b')}`
  const id =
    'column "id" has a different text in each of its 40 rows; leave it out with ignore: ["id"], or say categorical: ["id"]'
  await refuses(t, 'ERR_DATA', `3 columns cannot be used: ${a}. ${b}. ${id}`, () => learn(columns))
})

t.test('words are categories, and so are a few numbers among them', async (t) => {
  const plain: Record<string, unknown[]> = {
    words: many((i) => ['red', 'green', 'blue'][i % 3]),
    'three or more': many((i) => ['0', '1', '2', '3+'][i % 4]),
    'some sizes': many((i) => ['500g', '1kg'][i % 2]),
    'some days': many((i) => ['2024-01-01', '2024-02-01'][i % 2]),
    ages: many((i) => `${10 * (i % 12)}-${10 * (i % 12) + 9}`),
    codes: many((i) => String(i % 30).padStart(3, '0')),
    models: many((i) => ['A4', '320', 'Golf', '500', 'C-HR', 'i3', '911'][i % 7]),
    versions: many((i) => ['1.2.3', '1.3.0'][i % 2]),
  }
  for (const [name, cells] of Object.entries(plain)) {
    t.equal((await learn({ [name]: cells })).columns[0]?.kind, 'categorical', name)
  }
})

t.test('where a cell is missing can be all that a column says', async (t) => {
  for (const cells of [
    [5, null, 5, null],
    [0.3, null, 0.1 + 0.2, null],
    ['yes', null, 'yes', null],
    [true, null, true, null],
  ]) {
    const { columns, features } = await learn({ x: cells })
    t.equal(columns[0]?.kind, 'categorical')
    t.equal(features.at(-1)?.name, 'x is missing')
  }
})

t.test('levels that look the same as numbers are kept apart', async (t) => {
  const levels = async (...cells: unknown[]) =>
    (await learn({ x: cells }, { categorical: ['x'] })).features.map(({ name }) => name)
  t.strictSame(await levels('1.10', '1.1', '2'), ['x=1.1', 'x=1.10', 'x=2'])
  t.strictSame(await levels('0042', '42', '00042'), ['x=00042', 'x=0042', 'x=42'])
  t.strictSame(await levels('1.0', 2, '3'), ['x=1', 'x=2', 'x=3'])
})

t.test('a level is found by the number that it is, unless levels are codes', async (t) => {
  const unseen = async (levels: unknown[], ...cells: unknown[]) => {
    const preprocessor = await learn({ x: levels }, { categorical: ['x'] })
    const table = await readTable({ x: cells })
    return preprocessor.transform(table, 'float64').unseen
  }
  t.strictSame(await unseen([1, 2, 3], '1.0', '02', 3), {})
  t.strictSame(await unseen(['1.0', '2.0'], 1, '2'), {})
  t.strictSame(await unseen(['007', '42'], '7', '042', '42'), { x: ['042', '7'] })
  t.strictSame(await unseen(['True', 'False'], true, 'false', 'maybe'), { x: ['maybe'] })
})

t.test('a table of too many levels is refused before it is written out', async (t) => {
  const rows = 100_000
  const columns = { id: many((i) => `u${i % 50_000}`, rows), x: many(Math.sin, rows) }
  const table = await readTable(columns)
  const preprocessor = Preprocessor.learn(table, {})
  const size = '100,000 rows of 50,001 inputs would take 20.0 GB'
  const message = `${size}; column "id" alone gives 50,000 inputs; leave it out with ignore: ["id"], or write fewer levels`
  await refuses(t, 'ERR_DATA', message, () => preprocessor.transform(table, 'float32'))
})

t.test('a column that is constant but for rounding is dropped', async (t) => {
  for (const unit of [1e-300, 1e-5, 1, 1e160, 1e300]) {
    const x = many((i) => (i % 2 === 0 ? 0.3 : 0.1 + 0.2) * unit)
    t.strictSame((await learn({ x, y: many((i) => i) })).dropped, ['x'], String(unit))
    const close = many((i) => (i % 2 === 0 ? 0.3 : 0.3 + 1e-9) * unit)
    t.strictSame((await learn({ x: close })).dropped, [], 'but not one that says something')
  }
})

t.test('asinh takes no inter-quartile range that rounding made', async (t) => {
  const { features } = await learn(
    { x: many((i) => (i === 7 ? 90 : i % 2 === 0 ? 0.3 : 0.1 + 0.2)) },
    { encoding: 'asinh' },
  )
  t.ok((features[0]?.divisor as number) > 0.1, String(features[0]?.divisor))
})

t.test('numbers in other dress are told from words', async (t) => {
  const months = ['Jan', 'February', 'Mar', 'Apr', 'May', 'June']
  const dressed: ((i: number) => string)[] = [
    (i) => `${months[i % 6]} ${(i % 28) + 1}, 2024`,
    (i) => `${(i % 28) + 1}-${months[i % 6]}-2024`,
    (i) => `${(i % 12) + 1}:30 PM`,
    (i) => `USD ${i}`,
    (i) => `$-${i}`,
    (i) => `(${i}.50)`,
    (i) => `$${i}.5M`,
    (i) => `${i} minutes`,
    (i) => `${i} km/h`,
    (i) => `${i} m²`,
    (i) => `1’${100 + i}`,
    (i) => `>=${i}`,
    (i) => `${i}+`,
    (i) => `${i}*`,
  ]
  for (const write of dressed) {
    const cells = many((i) => write(i % 30), 60)
    await t.rejects(learn({ x: cells }), { code: 'ERR_DATA', message: /numbers|dates/ }, String(cells[1]))
  }
})

t.test('typeset minus signs are minus signs', async (t) => {
  const x = many((i) => (i % 2 === 0 ? `\u2212${i}.5` : i))
  t.strictSame((await readTable({ x })).columns[0]?.slice(0, 4), [-0.5, 1, -2.5, 3])
})

t.test('a word that means a missing value means it as a number or a boolean too', async (t) => {
  const columns = async (cells: unknown[], ...missing: string[]) =>
    (await readTable({ x: cells }, { decimal: '.', missing })).columns[0]
  t.strictSame(await columns(['-999', -999, '-999.0', '-9.99e2', -999n, 1], '-999'), [null, null, null, null, null, 1])
  t.strictSame(await columns([false, 'False', true], 'false'), [null, null, true])
})
