import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { load, PsilonRegressor, readTable, sweep } from 'psilon'
import t from 'tap'
import { daysOf, momentText } from '#psilon/tables/dates.js'
import { psilon } from '../cli/run.js'
import { refusal, refuses } from '../support/refusal.js'

const folder = t.testdir()

t.test('days since 1970-01-01 UTC', async (t) => {
  const days: [text: string, days: number | undefined][] = [
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-03-01', 11017],
    ['0000-01-01', -719528],
    ['9999-12-31', 2932896],
    ['1970-01-02T12:00', 1.5],
    ['1970-01-02 12:00:00', 1.5],
    ['1970-01-02T12:00:00.000Z', 1.5],
    ['1970-01-02T13:30:00+01:30', 1.5],
    ['1970-01-02 07:00:00-05', 1.5],
    ['1970-01-01T00:00:00.0000019', 1e-6 / 86400],
    ['2024-02-29', 19782],
    ...['2023-02-29', '2024-13-01', '2024-1-1', '20240101', '2024-01-01T24:00', '2024-01-01T10', '10:30', 'x'].map(
      (text): [string, undefined] => [text, undefined],
    ),
  ]
  for (const [text, expected] of days) t.equal(daysOf(text), expected, text)
  for (const microseconds of [0n, -1n, 1704416523123456n, 1704416520000000n]) {
    t.equal(daysOf(momentText(microseconds) ?? ''), Number(microseconds) / 86_400_000_000)
  }
})

t.test('without the option dates stay texts', async (t) => {
  t.strictSame((await readTable({ a: ['2024-01-01', '2024-01-02'] })).columns[0], ['2024-01-01', '2024-01-02'])
})

t.test('dates become numbers where asked', async (t) => {
  const columns = { when: ['2024-01-01', null, new Date(0)], kind: ['2024-01-01', 'never', ''], n: [1, 2, 3] }
  const auto = await readTable(columns, { dates: 'auto' })
  t.strictSame(auto.columns, [
    [19723, null, 0],
    ['2024-01-01', 'never', null],
    [1, 2, 3],
  ])
  t.strictSame((await readTable(columns, { dates: ['when'] })).columns, auto.columns)
  t.strictSame((await readTable({ when: [19723, '0'] }, { dates: ['when'] })).columns[0], [19723, 0], 'days already')
})

const options = { preset: 'paper', hidden: 8, depth: 1, epochs: 5, seed: 1 } as const
const rows = Array.from({ length: 40 }, (_, i) => ({
  when: new Date(Date.UTC(2024, 0, 1 + i, i % 24)).toISOString(),
  kind: i % 3 === 0 ? '2024-01-01' : 'never',
  y: Math.cos(i),
}))

t.test('cells of a named column that are no dates are refused', async (t) => {
  const example = 'expected a date, such as 2024-01-31 or 2024-01-31T18:30:00Z'
  const cases: [cells: unknown[], message: string][] = [
    [['2024-01-01', 'soon'], `got "soon", ${example}`],
    [['2024-01-01', 19723], `got 19723, ${example}, as in other rows`],
    [[20240101, 20240102], `got 20240101, ${example}`],
    [['2024-01-01', new Date(Number.NaN)], 'got an object (Date), expected a date of the years 0 to 9999'],
  ]
  for (const [cells, message] of cases) {
    const some = rows.map((row, i) => ({ ...row, when: cells[Math.min(i, cells.length - 1)] }))
    const table = await readTable(some.slice(0, 20), { dates: ['when'] })
    const error = await refusal(new PsilonRegressor(options).fit(table, { target: 'y' }))
    t.match(error.message, message)
    t.match(error.message, 'column "when"')
  }
  const hint = 'dates "wen" is not a column of the table; did you mean "when"?'
  const csv = [Object.keys(rows[0] as object), ...rows.map(Object.values)].join('\n')
  const bytes = Buffer.from(csv)
  for (const input of [rows, rows.values(), bytes, Readable.from([bytes]), { when: ['2024-01-01'] }]) {
    await refuses(t, 'ERR_OPTION', `[readTable] ${hint}`, () => readTable(input, { dates: ['wen'] }))
  }
  const swept = { data: rows, target: 'y', reading: { dates: ['wen'] }, grid: { lambda: [1e-3] } }
  await refuses(t, 'ERR_OPTION', `[sweep] ${hint}`, () => sweep(swept))
  const wrong = '[readTable] dates must be "auto" or an array of texts, got "when"'
  await refuses(t, 'ERR_OPTION', wrong, () => readTable(rows, { dates: 'when' as 'auto' }))
})

t.test('a target can be a date, which the tables that the model predicts lack', async (t) => {
  const table = await readTable(
    rows.map(({ when, kind, y }, i) => ({ i, kind, y, when })),
    { dates: ['when'] },
  )
  const model = new PsilonRegressor(options)
  await model.fit(table, { target: 'when' })
  t.strictSame(model.reading.dates, ['when'])
  const plain = rows.map(({ kind, y }, i) => ({ i, kind, y }))
  t.equal((await model.predict(await readTable(plain, model.reading))).values.length, rows.length)
  const message = '[readTable] dates "when" is not a column of the table, which has i, kind, y'
  await refuses(t, 'ERR_OPTION', message, () => readTable(plain, { dates: ['when'] }))
})

t.test('a model reads dates as its table was read, from its file and as a module too', async (t) => {
  const model = new PsilonRegressor(options)
  await model.fit(await readTable(rows, { dates: 'auto' }), { target: 'y' })
  t.strictSame(model.reading.dates, ['when'])
  const expected = await model.predict(rows)
  const path = join(folder, 'dates.safetensors')
  await model.save(path)
  const loaded = (await load(path)) as PsilonRegressor
  t.strictSame(loaded.reading, model.reading)
  t.strictSame(await loaded.predict(rows), expected)
  const days = rows.map((row) => ({ ...row, when: daysOf(row.when) as number }))
  t.strictSame(await loaded.predict(days), expected, 'days are numbers too')
  t.strictSame((await loaded.predict([rows[0] as object])).unseen, {}, 'a category that is a date stays one')
  writeFileSync(join(folder, 'model.mjs'), model.toJavaScript())
  const { predict, selfTest } = await import(pathToFileURL(join(folder, 'model.mjs')).href)
  t.ok(selfTest())
  for (const [i, row] of rows.entries()) {
    const values = [row, days[i], { ...row, when: new Date(row.when) }].map((each) => predict(each) as number)
    for (const value of values) t.ok(Math.abs(value - (expected.values[i] ?? Number.NaN)) < 1e-5)
  }
  t.throws(() => predict({ ...rows[0], when: 'soon' }), { message: 'column "when" has "soon", expected a date' })
  t.throws(() => predict({ ...rows[0], when: 20240101 }), /expected a date/)
})

t.test('on the command line', async (t) => {
  writeFileSync(
    join(folder, 'dates.csv'),
    ['when,kind,y', ...rows.map((row) => Object.values(row).join(','))].join('\n'),
  )
  const flags = [
    '--target',
    'y',
    '--preset',
    'paper',
    '--hidden',
    '4',
    '--depth',
    '1',
    '--epochs',
    '3',
    '--no-report',
    '--quiet',
  ]
  const train = (...more: string[]) => psilon(['train', 'dates.csv', ...flags, ...more], { cwd: folder })
  const plain = await train()
  t.match(
    plain.stderr,
    'column "when" has dates: "2024-01-01T00:00:00.000Z" (line 2 of dates.csv); to use them as numbers, read the table with --dates auto',
  )
  t.equal((await train('--dates', 'auto', '--out', 'a.safetensors')).code, 0)
  const predicted = await psilon(['predict', 'a.safetensors', 'dates.csv'], { cwd: folder })
  t.strictSame([predicted.stderr, predicted.stdout.trim().split('\n').length], ['', 41])
  t.match((await train('--dates', 'wen')).stderr, '--dates "wen" is not a column of the table; did you mean "when"?')
})
