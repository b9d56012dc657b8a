import { PsilonError } from 'psilon'
import { renderSweep } from 'psilon/report'
import t from 'tap'
import { layOut } from '#psilon/report/layout.js'
import { sweepCharts } from '#psilon/report/sweep/charts.js'
import { sweepPage } from '#psilon/report/sweep/page.js'
import { settingsTable } from '#psilon/report/sweep/table.js'
import { sorted } from '#psilon/sweep/summary.js'
import { hostileSweep, madeSummary } from '../support/sweeps.js'

type Point = { score: number; cost: number }
/** The values of each layer of a chart. */
const layersOf = ({ spec }: { spec: object }) =>
  (spec as { layer: { data: { values: Point[] } }[] }).layer.map(({ data }) => data.values)

const summary = madeSummary([
  [{ score: 1, pathNorm: 5, weights: 500, seconds: 1 }],
  [{ score: 2, pathNorm: 3, weights: 300, seconds: 1 }],
  [{ score: 3, pathNorm: 4, weights: 1, seconds: 1 }],
  [{ score: 4, pathNorm: 1, weights: 400, seconds: 1 }],
  [null],
])

t.test('each chart joins the settings that none exceeds in score and its cost', async (t) => {
  const [, pathNorm, size, time] = sweepCharts(summary)
  const fronts = [pathNorm, size, time].map((chart) => layersOf(chart as never)[1])
  t.strictSame(fronts, [
    [
      { score: 4, cost: 1 },
      { score: 2, cost: 3 },
      { score: 1, cost: 5 },
    ],
    [
      { score: 3, cost: 1 },
      { score: 2, cost: 300 },
      { score: 1, cost: 500 },
    ],
    [{ score: 1, cost: 1 }],
  ])
  const [others, , , best] = layersOf(pathNorm as never)
  t.strictSame(others, [{ score: 3, cost: 4 }])
  t.strictSame(best, [{ score: 1, cost: 5 }])
})

t.test('the table has the best first, and failed ones last', async (t) => {
  const rows = settingsTable(summary, sorted(summary))
  t.strictSame(rows[0], ['lambda', 'RMSE, units of y', 'path norm', 'weights', 'time', 'failed', ''])
  t.strictSame(rows[1], ['0.125', '1.000', '5.000', '500', '1.0 s', '', 'best'])
  t.strictSame(rows[5], ['0.625', '', '', '', '', '1 of 1', ''])
})

t.test('a page has charts, settings and facts, and says what failed', async (t) => {
  const page = await layOut(sweepPage(summary, 'houses.csv'))
  t.match(page, '<h1>Sweep of y</h1>')
  t.match(page, 'Regression on houses.csv: 5 settings, one division of the rows, 1 seed: 5 trials')
  t.equal(page.match(/<svg/g)?.length, 4)
  t.match(page, '1 trial failed, with lambda 0.625: a loss is no longer &lt;b&gt;finite&lt;/b&gt;')
  t.match(page, '<dt>table</dt><dd>houses.csv, 99 rows, SHA-256 dddddddddddddddd</dd>')
  t.notMatch(page, /<script|NaN|undefined|Infinity/)
  t.equal(await renderSweep(summary), await layOut(sweepPage(summary, null)))
})

t.test('names are escaped, however hostile', async (t) => {
  const page = await renderSweep(hostileSweep)
  t.notMatch(page, /<script|<i>|NaN|undefined/)
  t.match(page, '&lt;script&gt;')
})

t.test('one setting, none that succeeded, and scores below 0 are drawn too', async (t) => {
  const one = [{ score: 1, pathNorm: 0, weights: 0, seconds: 0 }]
  t.match(await renderSweep(madeSummary([one])), 'best')
  t.match(await renderSweep(madeSummary([[{ ...one[0], score: -3 } as never], one], { metric: 'r2' })), 'R2')
  const none = await renderSweep(madeSummary([[null], [undefined]]))
  t.notMatch(none, '<svg')
  t.match(none, '1 of 2 trials have not run yet.')
})

t.test('what is no summary is refused', async (t) => {
  for (const odd of [undefined, null, 3, {}, { settings: [] }]) {
    const error = await renderSweep(odd as never).catch((error) => error)
    t.ok(error instanceof PsilonError)
    t.match(error, { code: 'ERR_OPTION', message: /^\[renderSweep\] the summary cannot be read: / })
  }
})
