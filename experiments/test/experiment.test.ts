import t from 'tap'
import { presentSets, readSets } from '../dist/studies/experiment.js'
import { planFigure1 } from '../dist/studies/figure1.js'
import { planTabular } from '../dist/studies/tabular.js'
import { someRows } from './support/rows.js'
import { smallOptions, someTable } from './support/tables.js'

/** A table of ten predictors and a target of two classes. */
function wideTable(rows: number): string {
  const { data } = someRows(rows, 10)
  const names = [...Array.from({ length: 10 }, (_, j) => `x${j}`), 'target']
  const lines = Array.from({ length: rows }, (_, i) => [
    ...data.subarray(10 * i, 10 * i + 10),
    data[10 * i] > 0 ? 1 : 0,
  ])
  return [names, ...lines].map((cells) => cells.join(',')).join('\n')
}

const named = (sets: { name: string }[]) => sets.map(({ name }) => name)

t.test('quick takes those of its tables that are there', async (t) => {
  const data = t.testdir({ 'cpu_act.csv': someTable(62), 'spambase.csv': someTable(62, 2), 'other.csv': wideTable(90) })
  const { sets, skipped, size } = await planTabular({ data, names: undefined }, smallOptions, true)
  t.strictSame(named(sets), ['cpu_act', 'spambase'])
  t.strictSame(skipped, [
    { set: 'MagicTelescope', reason: `not in ${data}` },
    { set: 'wine_quality', reason: `not in ${data}` },
  ])
  // PSiLON 4, Standard 3, MLP 1, linear 17, forest 1, and the pruned network
  t.equal(size.cells, 2 * 27)
  t.strictSame(await presentSets(data, ['other']), { names: ['other'], skipped: [] })
})

t.test('the whole grids are those of the paper, for every seed', async (t) => {
  const data = t.testdir({ 'wide.csv': wideTable(90), 'few.csv': wideTable(89), 'narrow.csv': someTable(200) })
  const { sets, skipped, grids, size } = await planTabular(
    { data, names: undefined },
    { ...smallOptions, seeds: 3 },
    false,
  )
  t.strictSame(named(sets), ['wide'])
  t.match(skipped, [
    { set: 'few', reason: 'it has 89 rows, expected at least 90' },
    { set: 'narrow', reason: 'it has 4 predictors, expected at least 10' },
  ])
  const sizes = Object.fromEntries(Object.entries(grids).map(([model, settings]) => [model, settings.length]))
  t.strictSame(sizes, { psilon: 13, standard: 13, mlp: 13, linear: 17, forest: 12 })
  t.equal(size.cells, 3 * (13 + 13 + 13 + 12 + 1) + 17)
  t.match(grids.forest?.[0], { trees: 1000, leaf: 4 })
  t.match(grids.psilon?.[0], {
    lambda: 5e-5,
    normalization: 'l1',
    sharedLength: true,
    regularizer: 'path',
    batchSize: 12,
  })
  t.match(grids.standard?.[12], { lambda: 0.5, normalization: 'l2', sharedLength: false, regularizer: 'l2' })
})

t.test('figure 1 is of tables with two classes', async (t) => {
  const data = t.testdir({ 'wide.csv': wideTable(90), 'sums.csv': someTable(90) })
  const { sets, size } = await planFigure1({ data, names: ['wide'] }, smallOptions)
  t.strictSame([named(sets), size.cells], [['wide'], 10])
  await t.rejects(planFigure1({ data, names: ['sums'] }, smallOptions), {
    code: 'ERR_UNSUPPORTED',
    message: '[reproduce] sums cannot take part: its target holds numbers, expected two classes',
  })
  await t.rejects(planFigure1({ data, names: undefined }, smallOptions), {
    code: 'ERR_OPTION',
    message: `[reproduce] there is no table "MagicTelescope" in ${data}`,
  })
  t.strictSame(
    named((await readSets({ data, names: ['sums', 'wide'] }, ['regression', 'binary'], smallOptions)).sets),
    ['sums', 'wide'],
  )
})
