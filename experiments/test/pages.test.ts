import t from 'tap'
import type { NetworkSetting } from '../dist/cells/cells.js'
import { tableLines } from '../dist/commands/table-lines.js'
import type { ExperimentDocument } from '../dist/documents/document.js'
import { figure1Panels, figure1Tables } from '../dist/pages/figure1.js'
import { experimentPage } from '../dist/pages/page.js'
import type { BarPanel, DotPanel, LinePanel } from '../dist/pages/panels.js'
import { renderExperiment } from '../dist/pages/render-experiment.js'
import { tabularTables } from '../dist/pages/tabular.js'
import { networkSetting } from '../dist/studies/protocol.js'
import type { ModelSummary } from '../dist/studies/tabular-summary.js'
import { deepDocument, figure1Document, pruningDocument, tabularDocument } from './support/documents.js'
import { smallOptions } from './support/tables.js'

const figure = (mean: number, spread: number | null = null) => ({ mean, spread })
const chosen = (lambda: number, seed = 1) => ({ seed, setting: networkSetting('psilon', lambda, smallOptions) })

function summary(model: ModelSummary['model'], test: number | null, more: Partial<ModelSummary> = {}): ModelSummary {
  const none = { validation: null, train: null, nearSparsity: null, pathNorm: null, pruned: null }
  const scored = test === null ? null : figure(test)
  return { model, chosen: [], test: scored, rank: 1, seconds: figure(2), reference: null, ...none, ...more }
}

const tableOf = (models: ModelSummary[]) => {
  const rows = { train: 2000, test: 3, validation: 3 }
  const set = { set: 'sums', task: 'binary', inputs: 4, rows, models } as const
  const averageRanks = [{ model: 'psilon', rank: 1.5 } as const]
  return tableLines(tabularTables({ sets: [set], averageRanks, cells: [] }))
}

t.test('a score stands beside its reference, with the difference in percent', async (t) => {
  const row = (test: number, reference: number) => tableOf([summary('psilon', test, { reference })])[2]
  t.match(row(0.51, 0.5), /PSiLON +0\.5100 +1 +0\.5000 +\+2\.0 % +2\.0 s$/)
  t.match(row(0.49, 0.5), / -2\.0 % /)
  t.match(row(0.50001, 0.5), / {2}0\.0 % /)
  t.match(row(0.49999, 0.5), / {2}0\.0 % /)
  t.ok(tableOf([summary('psilon', 0.5, { reference: 0.5 })]).some((line) => line.includes('; reference: ')))
})

t.test('columns without figures are left out, and what diverged says so', async (t) => {
  const [title, head, psilon, mlp] = tableOf([summary('psilon', 0.5), summary('mlp', null, { rank: 2, seconds: null })])
  t.equal(title, 'sums: log loss, 4 inputs, 2,000 train, 3 test, 3 validation rows')
  t.match(head, /^ +test +rank +time of a fit$/)
  t.match(psilon, /^ {2}PSiLON +0\.5000 +1 +2\.0 s$/)
  t.match(mlp, /^ {2}MLP +diverged +2$/)
  t.notMatch(tableOf([summary('psilon', 0.5)]).join('\n'), 'reference')
})

t.test('over several seeds there is a spread, and every setting that was chosen', async (t) => {
  const test = figure(0.5, 0.0125)
  const pruned = { zeros: figure(0.91, 0.01), test: figure(0.52, 0.02) }
  const [, , row] = tableOf([summary('psilon', 0, { test, pruned, chosen: [chosen(0.2), chosen(0.1), chosen(0.1)] })])
  t.match(row, /0\.5000 ± 0\.01250 +1 +lambda 0\.1, lambda 0\.2 +91\.0 % ± 1\.0 % +0\.5200 ± 0\.02000 /)
})

t.test('a curve is told by its lowest point and its last, the mean over the seeds', async (t) => {
  const curve = { set: 'two', lambda: 0.1, scores: null, pathNorm: null, nearSparsity: null, points: [] }
  const point = (steps: number, validation: number) => ({ steps, validation })
  const tables = figure1Tables({
    curves: [
      { ...curve, model: 'psilon', seed: 1, lowest: point(1000, 0.3), last: point(5000, 0.4) },
      { ...curve, model: 'psilon', seed: 2, lowest: point(2000, 0.5), last: point(5000, 0.5) },
      { ...curve, model: 'standard', seed: 1, lowest: null, last: null },
    ],
  })
  const lines = tableLines(tables)
  t.equal(lines[0], 'two: validation cross-entropy')
  t.match(lines[2], /^ {2}PSiLON +0\.1 +0\.4000 +1,500 +0\.4500 +12\.5 %$/)
  t.match(lines[3], /^ {2}Standard +0\.1 +diverged$/)
})

t.test('a line of a panel is the mean over the seeds, and one that diverged has no points', async (t) => {
  const none = { set: 'two', scores: null, pathNorm: null, nearSparsity: null, last: null, lowest: null }
  const points = (...validations: number[]) => validations.map((validation, k) => ({ steps: 50 * (k + 1), validation }))
  const [{ panels }] = figure1Panels({
    curves: [
      { ...none, model: 'psilon', lambda: 0.1, seed: 1, points: points(0.7, 0.5) },
      { ...none, model: 'psilon', lambda: 0.2, seed: 1, points: points(0.7, 0.6) },
      { ...none, model: 'psilon', lambda: 0.1, seed: 2, points: points(0.6, 0.25) },
      { ...none, model: 'psilon', lambda: 0.2, seed: 2, points: [] },
      { ...none, model: 'standard', lambda: 0.1, seed: 1, points: points(0.7) },
    ],
  })
  t.strictSame(
    panels.map(({ title }) => title),
    ['PSiLON, two', 'Standard, two'],
  )
  t.match((panels[0] as LinePanel).lines, [
    {
      name: '0.1',
      points: [
        { x: 50, y: (0.7 + 0.6) / 2 },
        { x: 100, y: 0.375 },
      ],
    },
    { name: '0.2', points: [] },
  ])
})

const panelsOf = (document: ExperimentDocument) => experimentPage(document).panels.flatMap(({ panels }) => panels)

t.test('the lambda path has a line for each network, the mean of its seeds, with what was chosen', async (t) => {
  const [, , one, two, ...none] = panelsOf(tabularDocument()) as LinePanel[]
  t.strictSame([one.title, two.title, none.length, one.x.logarithmic], ['one', 'two', 0, true])
  t.strictSame(
    one.lines.map(({ name, points }) => [name, points.length]),
    [
      ['PSiLON', 13],
      ['Standard', 13],
      ['MLP', 12], // one diverged
    ],
  )
  const [{ points, chosen }] = one.lines
  t.strictSame(chosen, [{ x: 1e-3, y: (0.402 + 0.404) / 2 }])
  t.ok(points.every(({ x }, k) => k === 0 || x > points[k - 1].x))
  const [least = 0, most] = one.y.domain ?? []
  t.strictSame([least, most], [chosen?.[0].y, 1.5 * least])
  t.match(one.text, 'What is above 1.5 times the least score is cut off.')
  t.match(
    one.table?.find(([lambda]) => lambda === '0.001'),
    ['0.001', '0.4030, chosen', /, chosen$/, /, chosen$/],
  )
})

t.test('pruned networks are no points of the lambda path, and a single lambda is no path', async (t) => {
  const document = tabularDocument(['one'])
  const prune = { method: 'default', sparsity: 0.9 } as const
  const twins = document.cells.map((fit) => ({ ...fit, setting: { ...(fit.setting as NetworkSetting), prune } }))
  t.strictSame(panelsOf({ ...document, cells: [...document.cells, ...twins] }), panelsOf(document))
  t.strictSame(
    experimentPage(deepDocument([1e-4])).panels.map(({ title }) => title),
    ['Beside each other'],
  )
  t.ok(experimentPage(deepDocument()).panels.some(({ title }) => title === 'Lambda'))
})

t.test('models stand beside each other by rank, and by error as a multiple of the best one', async (t) => {
  const [ranks, errors] = panelsOf(tabularDocument()) as [BarPanel, DotPanel]
  t.match(ranks.bars[0], { name: 'PSiLON', value: 1.25, text: '1.25' })
  t.strictSame(errors.rows, ['one', 'two'])
  t.strictSame(
    errors.series.map(({ values }) => values[0]?.toFixed(2)),
    ['1.00', '1.30', '1.60', '1.90', undefined],
    'what is more than twice the best has no dot',
  )
  t.match(errors.text, 'What is above 2, or diverged, has no dot.')
})

t.test('variants stand beside each other by accuracy, sparsity and the three bounds', async (t) => {
  const [accuracy, sparsity, norms, lambdas] = panelsOf(deepDocument()) as [BarPanel, BarPanel, DotPanel, LinePanel]
  t.match(accuracy.bars[1], { name: 'L1-IB', text: '85.0 %' })
  t.equal(sparsity.bars.length, 7)
  t.match(norms.x, { logarithmic: true })
  t.match(norms.series[0], { name: 'original', values: [1, 10, 100] })
  t.strictSame(norms.table?.[7], ['PGD-PSiLON', '1,000,000', '16.00', '10.00'])
  t.equal(lambdas.lines.length, 7)
  const diverged = deepDocument().variants.map((variant) => ({ ...variant, testAccuracy: null, lambdas: [] }))
  t.strictSame(panelsOf({ ...deepDocument(), variants: diverged, cells: [] }), [])
})

t.test('a page says what was run; only what the paper has is called its comparison', async (t) => {
  const given = ['reproduce', 'tabular', '--sets', 'one,two', '--data', "my tables/it's", '--hidden', '32']
  const tabular = experimentPage({ ...tabularDocument(), arguments: given })
  t.match(tabular, { title: 'Experiment tabular', subtitle: /^The comparison on tables of the paper/ })
  t.match(Object.fromEntries(tabular.facts), {
    command: "npm run reproduce -- tabular --sets one,two --data 'my tables/it'\\''s' --hidden 32",
    skipped: /^three: its target/,
    training: '2,000 rows, 1,000 epochs, hidden layers of 500, 2 seeds',
    time: /, the sum over all fits$/,
    device: 'cpu (avx2)',
  })
  t.notOk('command' in Object.fromEntries(experimentPage(tabularDocument()).facts.filter(([, text]) => text !== '')))
  const pruning = experimentPage(pruningDocument())
  t.notMatch(pruning.subtitle, 'the paper')
  t.match((pruning.panels[0].panels[0] as LinePanel).y.domain, [1, 1.5])
  const deep = Object.fromEntries(experimentPage(deepDocument()).facts)
  t.equal(deep.training, '10,000 images, 10 hidden layers, 400 epochs, hidden layers of 500, 1 seed')
})

t.test('where everything diverged, or nothing errs, there is a page all the same', async (t) => {
  const document = tabularDocument(['one'])
  const pages = [null, figure(0)].map((test) => {
    const sets = document.sets.map((set) => ({ ...set, models: set.models.map((model) => ({ ...model, test })) }))
    const scores = test === null ? null : { train: 0, validation: 0, test: 0 }
    const cells = document.cells.map((fit) => ({ ...fit, result: { ...fit.result, scores } }))
    return { ...document, sets, cells }
  })
  for (const each of pages) t.notMatch(await renderExperiment(experimentPage(each)), /NaN|Infinity|undefined/)
  t.strictSame(
    (panelsOf(pages[0])[1] as DotPanel).series.flatMap(({ values }) => values),
    [null, null, null, null, null],
  )
})

t.test('curves of different lengths, and numbers that no axis can show well, are drawn', async (t) => {
  const document = figure1Document()
  const [first, ...others] = document.curves
  const curves = [{ ...first, points: first.points.slice(1) }, ...others]
  t.match(await renderExperiment(experimentPage({ ...document, curves })), '<svg')
  const deep = deepDocument()
  const [variant] = deep.variants
  for (const mean of [0, 1e-308, 1e300]) {
    const pathNorm = { ...variant.pathNorm, tight: { mean, spread: null } }
    const variants = [{ ...variant, pathNorm }, ...deep.variants.slice(1)]
    t.match(await renderExperiment(experimentPage({ ...deep, variants })), '<svg')
  }
})
