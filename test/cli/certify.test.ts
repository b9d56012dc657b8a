import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PsilonClassifier, PsilonRegressor, readTable, type Within } from 'psilon'
import t from 'tap'
import { figure, percent } from '#psilon/print.js'
import { readFile } from '#psilon/tables/file.js'
import { packageRoot } from '../support/child.js'
import { csvOf, quick, someHouses } from '../support/houses.js'
import { psilonInOneProcess } from './in-one-process.js'
import { psilon, psilonJson } from './run.js'

// What the command says of certificates, and its page, must be what certify says.
const cwd = t.testdir()
const at = (name: string) => join(cwd, name)

const houses = someHouses(120)
const kinds = ['cheap & old', 'fair', 'dear']
const kindOf = (price: number) => kinds[price < 150_000 ? 0 : price < 250_000 ? 1 : 2]
const classed = houses.map(({ price, ...house }) => ({ ...house, kind: kindOf(price) }))
// one town that training never saw, one area that is missing; no classes
const strange = someHouses(30, 2).map(({ price, ...house }, i) => ({
  ...house,
  town: i === 4 ? 'Dortmund' : house.town,
  area: i === 7 ? '' : house.area,
}))
writeFileSync(at('kinds.csv'), csvOf(classed))
writeFileSync(at('strange.csv'), csvOf(strange))

const classifier = new PsilonClassifier({ ...quick, kind: 'resnet' })
await classifier.fit(classed, { target: 'kind' })
await classifier.save(at('kind.safetensors'))
const notes = { unseen: { town: ['Dortmund'] }, missing: { area: 1 } }
const shareOf = (rows: { length: number }, some: { length: number }) => percent(some.length / rows.length)
const read = (name: string) => readFileSync(at(name), 'utf8')

t.test('certify: radii as CSV', async (t) => {
  const rows = await classifier.certify(classed, { bound: 'tight' })
  const args = ['certify', 'kind.safetensors', 'kinds.csv', '--bound', 'tight']
  const { code, stdout, stderr } = await psilon(args, { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  writeFileSync(at('radii.csv'), stdout)
  const { names, columns } = await readFile(at('radii.csv'))
  t.strictSame(names, ['kind', 'radius'])
  t.strictSame(columns, [rows.labels, Array.from(rows.radii, String)])

  const found = await psilonJson(['certify', 'kind.safetensors', 'strange.csv'], { cwd })
  const linear = await classifier.certify(await readTable(at('strange.csv')))
  t.match(found, { command: 'certify', target: 'kind', ...notes })
  const { labels, exact, counterexamples } = linear
  const [radii, upper] = [Array.from(linear.radii), Array.from(linear.upper, () => null)]
  t.match(found, { labels, radii, upper, exact, counterexamples })
})

t.test('certify: tolerances, answers and counterexamples', async (t) => {
  const within = { area: 5, age: '10%', town: ['Aachen', 'Bonn'] }
  const text = 'area=5,age=10%,town=Aachen|Bonn'
  const args = ['certify', 'kind.safetensors', 'kinds.csv', '--level', 'exact', '--budget', '50', '--within', text]
  const { code, stdout, stderr } = await psilon([...args, '--out', 'answers.csv'], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  const expected = await classifier.certify(classed, { level: 'exact', budget: 50, within })
  const { radii: global } = await classifier.certify(classed, { level: 'global', within })
  const shares = [
    shareOf(
      classed,
      expected.radii.filter((radius) => radius >= 1),
    ),
    shareOf(
      classed,
      global.filter((radius) => radius >= 1),
    ),
    shareOf(
      classed,
      expected.upper.filter((distance) => distance < 1),
    ),
  ]
  t.match(stdout, `120 rows of kinds.csv, level exact, radii are multiples of ${text}\n`)
  t.match(stdout, /\nmoves up to +class certain +by level global +class changes\n/)
  t.match(stdout, new RegExp(`\n1 × +${shares.join(' +')}\n`))
  const right = expected.labels.filter((label, row) => label === classed[row]?.kind)
  t.match(stdout, `, ${shareOf(classed, right)} of the answers are right\n`)
  t.match(stdout, 'answers in answers.csv, counterexamples in answers.counterexamples.csv\n')
  const answers = await readFile(at('answers.csv'))
  t.strictSame(answers.names, ['kind', 'radius', 'upper', 'exact'])
  const [labels, radii, upper, exact] = answers.columns
  t.strictSame([labels, radii], [expected.labels, Array.from(expected.radii, String)])
  t.strictSame([upper, exact], [Array.from(expected.upper, String), expected.exact.map(String)])

  const flips = await readTable(at('answers.counterexamples.csv'))
  const found = expected.counterexamples.flatMap((each, row) => (each === null ? [] : [row]))
  t.ok(found.length > 0)
  t.strictSame(
    flips.columns[flips.names.indexOf('row')],
    found.map((row) => row + 1),
  )
  const predicted = await psilonJson(['predict', 'kind.safetensors', 'answers.counterexamples.csv'], { cwd })
  found.forEach((row, k) => {
    t.not(predicted.labels[k], expected.labels[row])
  })

  const again = ['certify', 'kind.safetensors', 'kinds.csv', '--level', 'local', '--out', 'answers.csv', '--json']
  t.strictSame((await psilonJson(again, { cwd })).files, {
    answers: 'answers.csv',
    counterexamples: null,
    report: null,
  })
  t.notOk(existsSync(at('answers.counterexamples.csv')), 'counterexamples of other answers are gone')
})

t.test('certify refuses tolerances of nothing', async (t) => {
  const refused = [
    ['area', '--within has "area", expected COLUMN=TOLERANCE'],
    ['areas=1', '--within "areas" is not a column of the model; did you mean "area"?'],
    [
      'town=Aachen|Bon',
      '--within["town"] names "Bon", which is not a level of the training rows; did you mean "Bonn"?',
    ],
  ] as const
  const ends = await psilonInOneProcess(
    refused.map(([text]) => ['certify', 'kind.safetensors', 'kinds.csv', '--within', text]),
    { cwd },
  )
  for (const [k, [, message]] of refused.entries())
    t.match(ends[k], { code: 2, stdout: '', stderr: `psilon: [certify] ${message}\n` })
})

t.test('a regressor is refused', async (t) => {
  const regressor = new PsilonRegressor({ ...quick, epochs: 2 })
  await regressor.fit(houses, { target: 'price' })
  await regressor.save(at('price.safetensors'))
  const { code, stderr } = await psilon(['certify', 'price.safetensors', 'kinds.csv', '--report', 'r.html'], { cwd })
  const message = '[certify] price.safetensors predicts the number "price", expected a model that predicts a class'
  t.strictSame({ code, stderr }, { code: 1, stderr: `psilon: ${message}\n` })
  t.notOk(existsSync(at('r.html')))
})

/** Texts of the page, by what stands around them. */
const tiles = (page: string) =>
  [...page.matchAll(/<dt>([^<]*)<\/dt><dd class="value">([^<]*)<\/dd>/g)].map(([, name, value]) => [name, value])
const rowsBelow = (page: string, title: string) => {
  const [, rest = ''] = page.split(`<h2>${title}</h2>`)
  const [body = ''] = rest.split('</table>')
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => {
    return [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell = '']) => cell.replaceAll('&amp;', '&'))
  })
}

const asked: { text: string; within: Within; expected: string[] }[] = [
  { text: 'area=5,age=10%', within: { area: 5, age: '10%' }, expected: ['area', 'age'] },
  // rows that another town flips at once are the least certain
  { text: 'area=5,town=Bonn', within: { area: 5, town: ['Bonn'] }, expected: ['town'] },
]
for (const { text, within, expected } of asked) {
  t.test(`the page has what certify finds, and what would flip the least certain rows: ${text}`, async (t) => {
    const args = ['certify', 'kind.safetensors', 'kinds.csv', '--level', 'exact', '--budget', '50', '--within', text]
    const { code, stdout, stderr } = await psilon([...args, '--report', 'page.html'], { cwd })
    t.strictSame({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, /\npage\.html: all of this as a page\n$/)
    const { labels, radii, upper, exact, counterexamples } = await classifier.certify(classed, {
      level: 'exact',
      within,
    })
    const page = read('page.html')
    const sorted = radii.slice().sort()
    t.strictSame(tiles(page), [
      ['rows', '120'],
      [
        'certain within the tolerances',
        shareOf(
          classed,
          radii.filter((radius) => radius >= 1),
        ),
      ],
      ['median radius', `${figure(sorted[59] as number)} ×`],
      ['solved exactly', shareOf(classed, exact.filter(Boolean))],
    ])

    const [head, ...rows] = rowsBelow(page, 'The 10 least certain rows')
    t.strictSame(head, ['row', 'actual', 'predicted', 'radius', 'what would flip it'])
    t.strictSame(
      rows.map(([number]) => radii[Number(number) - 1]),
      Array.from(sorted.slice(0, 10)),
    )
    const moved = new Set<string>()
    for (const [number, actual, predicted, radius, flip = ''] of rows) {
      const row = Number(number) - 1
      const side = (values: Float64Array) => figure(values[row] as number)
      t.equal(radius, `${exact[row] ? side(radii) : `${side(radii)} to ${side(upper)}`} ×`)
      const own = classed[row] as (typeof classed)[number]
      const other = counterexamples[row] as typeof own
      const [label] = (await classifier.predict([other])).labels
      t.strictSame([actual, predicted], [own.kind, `${labels[row]}\u00a0→\u00a0${label}`])
      const moves = flip.split('; ').map((move) => move.split(/\u00a0(?:→\u00a0)?/))
      t.strictSame(
        moves.map(([name]) => name).sort(),
        (['age', 'area', 'town'] as const).filter((name) => own[name] !== other[name]),
      )
      for (const [name] of moves) moved.add(name as string)
      for (const [name, from, to] of moves as [keyof typeof own, string, string][]) {
        if (name === 'town') t.strictSame([from, to], [own.town, 'Bonn'])
        else {
          const [before, after] = [own[name] as number, other[name] as number]
          t.ok(Math.abs(Number(from) - before) < 0.1 * Math.abs(after - before), `${name} from ${from}`)
          t.ok(Math.abs(Number(to) - after) < 0.1 * Math.abs(after - before), `${name} to ${to}`)
        }
      }
    }
    t.strictSame(moved, new Set(expected))
    t.match(page, '<dt>area</dt><dd>5 in the unit of the column</dd>')
    t.match(
      page,
      'town' in within ? '<dt>town</dt><dd>may be Bonn at any radius</dd>' : '<dt>age</dt><dd>10 % of the value',
    )
    t.match(page, 'in any direction. 2 other columns stay as they are.')
  })
}

t.test('the document has the figures of the page; the same call gives the same page', async (t) => {
  const args = [
    'certify',
    'kind.safetensors',
    'strange.csv',
    '--out',
    'strange-answers.csv',
    '--report',
    'strange.html',
  ]
  const found = await psilonJson(args, { cwd })
  const table = await readTable(at('strange.csv'))
  const [{ radii, exact }, { radii: global }] = await Promise.all([
    classifier.certify(table),
    classifier.certify(table, { level: 'global' }),
  ])
  t.strictSame(found.globalRadii, Array.from(global))
  t.strictSame(found.files, { answers: 'strange-answers.csv', counterexamples: null, report: 'strange.html' })
  const { shares, ...summary } = found.summary
  t.strictSame(summary, {
    ...{ level: 'linear', rows: 30, unit: 'deviations', medianRadius: radii.slice().sort()[14] },
    ...{ medianGlobalRadius: global.slice().sort()[14], exactShare: exact.filter(Boolean).length / 30, accuracy: null },
  })
  for (const { radius, certain, global: byGlobal, changes } of shares) {
    const share = (radii: Float64Array) => radii.filter((each) => each >= radius).length / 30
    t.strictSame([certain, byGlobal, changes], [share(radii), share(global), null])
  }
  const page = read('strange.html')
  const [{ certain }] = shares.filter(({ radius }: { radius: number }) => radius === 0.1)
  t.strictSame(tiles(page)[1], ['certain within 0.1 sd', percent(certain)])
  t.match(page, '<dt>missing</dt><dd>area 1 cell</dd>')
  t.match(page, '<dt>unseen</dt><dd>town Dortmund</dd>')
  t.strictSame(rowsBelow(page, 'The 10 least certain rows')[0], ['row', 'predicted', 'radius'])
  await psilonJson([...args.slice(0, 3), '--report', 'again.html'], { cwd })
  t.equal(read('again.html'), page)
})

t.test('a page that cannot be written is refused before the work begins', async (t) => {
  const call = (flags: string[]) => ['certify', 'kind.safetensors', 'kinds.csv', ...flags]
  const model = readFileSync(at('kind.safetensors'))
  const isModel = '--report is ./kind.safetensors, which is the model, expected another file\n'
  const both = (name: string) => `--report is ${name}, which --out writes, expected another file\n`
  const refused: [flags: string[], code: number, message: string][] = [
    [['--report', './kind.safetensors'], 2, isModel],
    [['--report', 'kinds.csv'], 2, '--report is kinds.csv, which is the table, expected another file\n'],
    [['--out', 'a.csv', '--report', './a.csv'], 2, both('./a.csv')],
    [['--out', 'a.csv', '--report', 'a.counterexamples.csv'], 2, both('a.counterexamples.csv')],
    [['--report', 'none/a.html'], 1, 'cannot write none/a.html: the folder none is missing\n'],
  ]
  const ends = await psilonInOneProcess(
    refused.map(([flags]) => call(flags)),
    { cwd },
  )
  for (const [k, [, code, message]] of refused.entries())
    t.match(ends[k], { code, stdout: '', stderr: `psilon: [certify] ${message}` })
  const env = { NODE_OPTIONS: `--import=${join(packageRoot, 'test', 'support', 'without-vega.mjs')}` }
  const missing = 'charts need the packages vega and vega-lite, which are not installed'
  const end = await psilon(call(['--out', 'a.csv', '--report', 'a.html']), { cwd, env })
  t.match(end, { code: 1, stdout: '', stderr: `psilon: [certify] ${missing}` })
  t.notOk(existsSync(at('a.csv')) || existsSync(at('a.html')))
  t.strictSame(readFileSync(at('kind.safetensors')), model)
})

t.test('the counterexamples of a table with a column named row', async (t) => {
  const rows = classed.map((house, row) => ({ row: 1000 + row, ...house }))
  writeFileSync(at('numbered.csv'), csvOf(rows))
  const args = ['certify', 'kind.safetensors', 'numbered.csv', '--level', 'exact', '--within', 'area=5']
  t.match(await psilon([...args, '--out', 'numbers.csv'], { cwd }), { code: 0, stderr: '' })
  const { names, columns } = await readTable(at('numbers.counterexamples.csv'))
  t.strictSame(names, ['row_2', ...Object.keys(rows[0] as object)])
  t.ok(columns[0]?.length)
  t.strictSame(
    columns[0]?.map((row) => 999 + Number(row)),
    columns[1],
  )
})
