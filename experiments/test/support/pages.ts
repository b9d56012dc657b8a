import type { ExperimentPage } from '../../dist/pages/page.js'
import type { BarPanel, DotPanel, Line, LinePanel } from '../../dist/pages/panels.js'

const names = ['PSiLON', 'Standard', 'MLP', 'linear', '<i>forest</i>']

/** A line that is lowest in the middle. */
function someLine(name: string, low: number, xs: readonly number[]): Line {
  const middle = xs.length >> 1
  const points = xs.map((x, k) => ({ x, y: low * (1 + 0.02 * (k - middle) ** 2) }))
  return { name, points, chosen: [points[middle]] }
}

const lambdas = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5]

/** Three lines over a logarithmic axis, of which what is high is cut off. */
const pathPanel = (title: string): LinePanel => ({
  ...{ kind: 'lines', title, text: 'A line for each model.' },
  x: { title: 'lambda', logarithmic: true },
  y: { title: 'validation log loss', domain: [0.4, 0.6] },
  lines: names.slice(0, 3).map((name, k) => someLine(name, 0.4 + 0.02 * k, lambdas)),
  table: [['lambda', ...names.slice(0, 3)], ...lambdas.map((lambda) => [String(lambda), '0.4', '0.42', '0.44'])],
})

const curvePanel = (title: string): LinePanel => ({
  ...{ kind: 'lines', title, text: 'A line for each lambda.' },
  x: { title: 'steps', format: ',d' },
  y: { title: 'validation cross-entropy' },
  lines: [...lambdas.slice(0, 5), 0].map((lambda) => ({
    name: String(lambda),
    points: Array.from({ length: lambda === 0 ? 0 : 100 }, (_, k) => ({ x: 50 * k, y: 0.3 + lambda + 1 / (k + 2) })),
  })),
})

const barPanel = (title: string, format?: string): BarPanel => ({
  ...{ kind: 'bars', title, text: 'Higher is better.', x: { title: title.toLowerCase(), format } },
  bars: names.map((name, k) => ({ name, value: 0.9 - 0.1 * k, text: `${90 - 10 * k} %` })),
})

const dotPanel = (title: string, rows: readonly string[], logarithmic: boolean): DotPanel => ({
  ...{ kind: 'dots', title, text: 'Lower is better.', x: { title, logarithmic }, rows },
  series: names.map((name, k) => ({
    name,
    values: rows.map((_, place) => (k === 4 && place === 0 ? null : (logarithmic ? 10 ** k : k) + place)),
  })),
})

const tables = ['<b>one</b>', 'a table whose name is long enough to be cut off somewhere', ...'abcdefghijk']

/** A page of 20 charts: lines, dots and bars, with names that are markup. */
export const somePage: ExperimentPage = {
  title: 'Models beside each other',
  subtitle: 'On <script>alert(1)</script> and other tables',
  panels: [
    {
      title: 'Beside each other',
      text: 'The models on the test rows.',
      panels: [barPanel('Average rank'), barPanel('Accuracy', '.0%'), dotPanel('test error', tables, false)],
    },
    { title: 'Bounds', text: 'Of each model.', panels: [dotPanel('path norm', tables.slice(0, 7), true)] },
    { title: 'Lambda', text: 'Of each table.', panels: tables.map(pathPanel) },
    { title: 'Curves', text: 'The loss.', panels: ['PSiLON, <b>one</b>', 'Standard', 'MLP'].map(curvePanel) },
  ],
  tables: [
    { title: '<b>one</b>', text: 'log loss', rows: [['', 'test', 'rank'], ...names.map((name) => [name, '1', '2'])] },
  ],
  facts: [
    ['command', "run --data 'my tables'"],
    ['skipped', ''],
  ],
}
