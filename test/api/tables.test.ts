import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { load, PsilonClassifier, PsilonRegressor, readTable, type TableInput } from 'psilon'
import t from 'tap'
import { show } from '#psilon/checks.js'
import { columnsOf, quick } from '../support/houses.js'
import { refusal, refuses } from '../support/refusal.js'

const folder = t.testdir()
const options = { ...quick, hidden: 8, epochs: 5 }

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

type Row = Record<string, number | string | boolean | null>

const rows = Array.from({ length: 60 }, (_, i): Row => {
  const value = Math.sin(i * 7.1)
  return { a: i % 9 === 4 ? null : value, on: i % 3 === 0, zip: ['0042', '42', '10115'][i % 3] as string, y: 3 * value }
})
const csv = (rows: readonly Row[], write: (value: Row[string]) => string, delimiter = ',') =>
  [Object.keys(rows[0] as Row), ...rows.map((row) => Object.values(row).map(write))]
    .map((cells) => cells.join(delimiter))
    .join('\n')
const plainly = (value: Row[string]) => (value === null ? '' : String(value))
const texts = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainly(value)])))

const forms: Record<string, TableInput> = {
  'a CSV file': file('plain.csv', csv(rows, plainly)),
  'a CSV file with other words': file(
    'words.csv',
    csv(rows, (value) =>
      value === null ? ' NA' : typeof value === 'boolean' ? String(value).toUpperCase() : `"${value}"`,
    ),
  ),
  'the URL of a file': pathToFileURL(file('url.csv', csv(rows, plainly, '|'))),
  objects: rows,
  'objects of texts': texts,
  columns: columnsOf(rows),
  'columns of texts': columnsOf(texts) as Record<string, string[]>,
  'some texts among values': rows.map((row, i) => (i % 2 === 0 ? row : (texts[i] as Row))),
  'NaN and undefined': rows.map((row, i) => ({ ...row, a: row.a ?? (i % 2 === 0 ? Number.NaN : undefined) })),
}

const read = async (form: TableInput) => await readTable(form)

t.test('the same table gives the same model and the same predictions in every form', async (t) => {
  const first = new PsilonRegressor(options)
  await first.fit(rows, { target: 'y' })
  const expected = await first.predict(rows)
  t.strictSame(
    first.features.map(({ name }) => name),
    ['a', 'a is missing', 'on', 'zip=0042', 'zip=10115', 'zip=42'],
  )
  for (const [name, form] of Object.entries(forms)) {
    const model = new PsilonRegressor(options)
    await model.fit(form, { target: 'y' })
    t.strictSame(model.features, first.features, name)
    for (const other of Object.values(forms)) t.strictSame(await model.predict(await read(other)), expected, name)
  }
})

t.test('so does one whose names are integers, which objects put first', async (t) => {
  const named = rows.map(({ a, on, y }) => ({ x: on, 7: a, 1: y as number, y: y as number }))
  const text = ['x,7,1,y', ...rows.map(({ a, on, y }) => [on, a ?? '', y, y].join(','))].join('\n')
  const models = [named, file('integers.csv', text)].map(async (form) => {
    const model = new PsilonRegressor(options)
    await model.fit(form, { target: 'y' })
    return [model.features, await model.predict(named)]
  })
  const [objects, csv] = await Promise.all(models)
  t.strictSame(csv, objects)
})

t.test('so does a classifier, of booleans, numbers, texts and codes', async (t) => {
  const targets: Record<string, [cell: unknown, text: string][]> = {
    booleans: [
      [true, 'True'],
      [false, 'FALSE'],
    ],
    numbers: [
      [1, '1.0'],
      [10, '10'],
    ],
    codes: [
      ['007', '007'],
      ['42', '42'],
    ],
    ids: [
      ['208310224003697457', '208310224003697457'],
      ['208310224003697685', '208310224003697685'],
    ],
    words: [
      ['p', 'p'],
      ['q', ' q '],
    ],
  }
  for (const [name, pair] of Object.entries(targets)) {
    const of = (k: 0 | 1) => rows.map(({ a, y }) => ({ a, y: pair[Number((y as number) > 0)]?.[k] as Row[string] }))
    const models = [of(0), file('classes.csv', csv(of(1), plainly))].map(async (form) => {
      const model = new PsilonClassifier(options)
      await model.fit(form, { target: 'y' })
      return { model, form, predicted: await model.predict(rows) }
    })
    const [values, texts] = (await Promise.all(models)) as [Awaited<(typeof models)[0]>, Awaited<(typeof models)[0]>]
    t.strictSame(texts.predicted, values.predicted, name)
    t.strictSame(values.model.classes, pair.map(([cell]) => cell).sort(), name)
    t.equal(await texts.model.score(values.form), await values.model.score(texts.form), name)
  }
})

t.test('columns that are left out, or that no model uses, may hold anything', async (t) => {
  const odd = [new Date(0), 7n, Number.NaN, Infinity, {}, [], () => 0, Symbol('s'), new Map(), 'inf']
  const model = new PsilonRegressor(options)
  await model.fit(rows, { target: 'y' })
  const expected = await model.predict(rows)
  for (const extra of odd) {
    const more = rows.map((row) => ({ ...row, extra }))
    await new PsilonRegressor({ ...options, epochs: 1, ignore: ['extra'] }).fit(more, { target: 'y' })
    t.strictSame(await model.predict(more.map((row) => ({ ...row, y: extra }))), expected)
    t.equal(typeof (await model.score(more)), 'number')
  }
  const path = file(
    'unused.csv',
    csv(
      rows.map((row) => ({ ...row, extra: 'inf', y: 'not known' })),
      plainly,
    ),
  )
  t.strictSame(await model.predict(await readTable(path)), expected)
  const found =
    'row index 0, column "extra": got an object (Date), expected a number, text, boolean or null; with the option dates, dates are numbers'
  const others = '59 more cells of this column: row index 1, row index 2, row index 3, row index 4, ...'
  await refuses(t, 'ERR_DATA', `[fit] ${found}; ${others}`, () =>
    new PsilonRegressor(options).fit(
      rows.map((row) => ({ ...row, extra: new Date(0) })),
      { target: 'y' },
    ),
  )
})

t.test('predictions never open files', async (t) => {
  const model = new PsilonClassifier(options)
  await model.fit(
    rows.map(({ y, ...row }) => ({ ...row, y: (y as number) > 0 })),
    { target: 'y' },
  )
  const remedy = 'read it first: await readTable(input, model.reading)'
  for (const operation of ['predict', 'certify'] as const) {
    for (const [input, shown] of [
      [forms['a CSV file'], show(forms['a CSV file'])],
      ['/none', '"/none"'],
      ['', '""'],
      [forms['the URL of a file'], 'a URL'],
    ] as const) {
      const found = `takes rows, columns or what readTable gave, got ${shown}; ${remedy}`
      await refuses(t, 'ERR_OPTION', `[${operation}] ${found}`, () => model[operation](input as unknown as Row[]))
    }
  }
})

t.test('a model remembers how its table was read', async (t) => {
  const commas = (value: Row[string]) =>
    value === null ? '-' : typeof value === 'number' ? String(value).replace('.', ',') : String(value)
  const path = file('commas.csv', csv(rows, commas, ';'))
  const model = new PsilonRegressor(options)
  await model.fit(await readTable(path, { decimal: ',', missing: ['-'] }), { target: 'y' })
  const plain = new PsilonRegressor(options)
  await plain.fit(rows, { target: 'y' })
  const expected = await plain.predict(rows)
  const saved = join(folder, 'commas.safetensors')
  await model.save(saved)
  for (const each of [model, (await load(saved)) as PsilonRegressor]) {
    t.strictSame(each.reading, { decimal: ',', missing: ['-'] })
    t.strictSame(await each.predict(await readTable(path, each.reading)), expected)
    t.strictSame(
      await each.predict(texts.map(({ a = '', ...row }) => ({ ...row, a: commas(a || null).replace('.', ',') }))),
      expected,
    )
    t.equal(await each.score(path), await plain.score(rows))
  }
  t.strictSame(plain.reading, { decimal: '.', missing: ['NA', 'N/A', 'NaN', 'null', '?'] })
})

t.test('a table is what it was when it was given', async (t) => {
  const own = rows.map((row) => ({ ...row }))
  const columns = columnsOf(own)
  const table = await readTable(columns)
  const model = new PsilonRegressor(options)
  const run = model.fit(own, { target: 'y' })
  for (const row of own) row.y = 'changed'
  columns.y.fill('changed')
  await run
  t.equal(table.columns[3]?.[1], rows[1]?.y)
  t.equal(await model.score(table), await model.score(rows))
})

t.test('a target and columns that are refused are told together', async (t) => {
  const odd = Array.from({ length: 30 }, (_, i) => ({ a: `${i}%`, b: `${i},5`, y: `${i},25` }))
  const error = await refusal(new PsilonRegressor(options).fit(odd, { target: 'y' }))
  t.match(error.message, /^\[fit\] 3 columns cannot be used: row index 0, column "y": .* column "a" .* column "b" /)
})

t.test('what has no rows, or none that can be read, is called so', async (t) => {
  const model = new PsilonRegressor(options)
  await model.fit(rows, { target: 'y' })
  const expected = 'expected rows, columns, a table of another library or what readTable gave'
  const cases: [input: unknown, message: string][] = [
    [[], `the table is empty, ${expected}`],
    [5, `the table is 5, ${expected}`],
    [[Object.create({ a: 1 })], `the table has 1 row without a property of its own, ${expected}`],
    [(await readTable(rows)).slice(60), 'the table has no rows'],
  ]
  for (const [input, message] of cases) {
    await refuses(t, 'ERR_DATA', `[predict] ${message}`, () => model.predict(input as Row[]))
  }
})

t.test('what readTable refuses', async (t) => {
  const table = await readTable(rows)
  t.equal(await readTable(table), table)
  const cases: [code: string, message: string, input: unknown, options?: object][] = [
    ['ERR_OPTION', 'options are given, but the table was read before', table, { decimal: ',' }],
    ['ERR_OPTION', 'decimal must be one of ".", ",", got "comma"', rows, { decimal: 'comma' }],
    ['ERR_OPTION', 'missing must be an array of texts, got "NA"', rows, { missing: 'NA' }],
    ['ERR_OPTION', 'unknown option "decimals"; did you mean "decimal"?', rows, { decimals: ',' }],
    ['ERR_OPTION', '"https://example.org/a.csv" is not the URL of a file', new URL('https://example.org/a.csv')],
  ]
  for (const [code, message, input, options] of cases) {
    await refuses(t, code, `[readTable] ${message}`, () => readTable(input as TableInput, options))
  }
})
