import { deviation, mean, quantile } from 'd3-array'
import t from 'tap'
import { readDataSets } from '../dist/data/read-data-sets.js'
import { requirements, someSets, someTable } from './support/tables.js'

const tables = { 'sums.csv': someTable(100), 'two.csv': someTable(90, 2), 'three.csv': someTable(90, 3) }

t.test('split in file order, inputs and targets scaled by the training rows', async (t) => {
  const [set] = await someSets(t.testdir(tables), ['sums'])
  const { train, test, validation, task, inputs } = set
  t.match({ task, inputs }, { task: 'regression', inputs: 5 })
  t.strictSame(
    [train, test, validation].map(({ x }) => x.shape),
    [
      [60, 5],
      [20, 5],
      [20, 5],
    ],
  )
  const column = (j: number) => train.x.data.filter((_, k) => k % 5 === j)
  for (const j of [0, 1, 2]) {
    t.ok(Math.abs(mean(column(j)) as number) < 1e-12)
    t.ok(Math.abs((deviation(column(j)) as number) * Math.sqrt(59 / 60) - 1) < 1e-12)
  }
  t.ok(
    column(3).every((value, i) => value + column(4)[i] === 1),
    'one input for each level',
  )
  const [low, middle, high] = [0.25, 0.5, 0.75].map((p) => quantile(train.y, p) as number)
  t.ok(Math.abs(middle) < 1e-12 && Math.abs(high - low - 2) < 1e-12)
  const line = someTable(100).split('\n')[61].split(',')
  const [a, other] = [Number(line[0]), Number(someTable(100).split('\n')[1].split(',')[0])]
  const scale = (a - other) / (test.x.data[0] - train.x.data[0])
  t.ok(scale > 0.4 && scale < 0.8, 'row 61 is the first of the test set')
})

t.test('two classes are 0 and 1', async (t) => {
  const [set] = await someSets(t.testdir(tables), ['two'])
  t.equal(set.task, 'binary')
  t.strictSame([...new Set(set.test.y)].sort(), [0, 1])
})

t.test('the fingerprint is of the prepared rows', async (t) => {
  const folder = t.testdir({ ...tables, 'same.csv': someTable(100), 'more.csv': someTable(101) })
  const [sums, same, more] = await someSets(folder, ['sums', 'same', 'more'])
  const { sets } = await readDataSets(
    'reproduce',
    { data: folder, names: ['sums'] },
    { ...requirements, trainRows: 61 },
  )
  t.equal(sums.fingerprint, same.fingerprint)
  t.equal(new Set([sums, more, ...sets].map(({ fingerprint }) => fingerprint)).size, 3)
})

t.test('tables that do not fit are named with the reason, and refused where they were asked for', async (t) => {
  const folder = t.testdir({ ...tables, 'short.csv': someTable(61), 'none.csv': 'a,b\n1,2', 'notes.txt': '' })
  const { sets, skipped } = await readDataSets('reproduce', { data: folder, names: undefined }, requirements)
  t.strictSame(
    sets.map(({ name }) => name),
    ['sums', 'two'],
  )
  t.strictSame(skipped, [
    { set: 'none', reason: 'it has no column "target"' },
    { set: 'short', reason: 'it has 61 rows, expected at least 62' },
    { set: 'three', reason: 'its target has 3 classes, expected numbers or two classes' },
  ])
  await t.rejects(someSets(folder, ['sums', 'three']), {
    code: 'ERR_UNSUPPORTED',
    message: '[reproduce] three cannot take part: its target has 3 classes, expected numbers or two classes',
  })
  await t.rejects(
    readDataSets('reproduce', { data: folder, names: ['sums'] }, { ...requirements, tasks: ['binary'] }),
    {
      code: 'ERR_UNSUPPORTED',
      message: '[reproduce] sums cannot take part: its target holds numbers, expected two classes',
    },
  )
  await t.rejects(readDataSets('reproduce', { data: folder, names: undefined }, { ...requirements, minColumns: 5 }), {
    code: 'ERR_FILE',
    message: /none of the tables in .* can take part: .*sums: it has 4 predictors, expected at least 5/,
  })
})

t.test('what is not there is refused', async (t) => {
  const folder = t.testdir({ ...tables, empty: {} })
  const refused = (names: string[], message: RegExp, code: string, path = folder) =>
    t.rejects(readDataSets('reproduce', { data: path, names: names }, requirements), { code, message })
  await refused(['sum'], /there is no table "sum" in .*; did you mean "sums"\?$/, 'ERR_OPTION')
  await refused([], /--sets names no table$/, 'ERR_OPTION')
  await refused(['sums'], /^\[reproduce\] cannot read .*nowhere: no such/, 'ERR_FILE', `${folder}/nowhere`)
  await refused(['sums'], /empty has no tables, expected files NAME.csv/, 'ERR_FILE', `${folder}/empty`)
})
