import t from 'tap'
import { figure1Panels, figure1Tables, tableLines, tabularTables } from '#psilon/cli/reproduce-report.js'
import { networkSetting } from '#psilon/experiments/protocol.js'
import type { ModelSummary } from '#psilon/experiments/summary.js'
import { smallOptions } from '../support/experiments.js'

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
  const [, , row] = tableOf([summary('psilon', 0, { test, pruned, chosen: [chosen(0.1), chosen(0.2), chosen(0.1)] })])
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
  const { panels } = figure1Panels({
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
  t.match(panels[0]?.lines, [
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
