import type { Chart, Page } from 'psilon/report'

const names = ['PSiLON', 'Standard', 'MLP', 'linear', '<i>forest</i>']
const lambdas = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2]
const names10 = (text: string) => Array.from({ length: 10 }, (_, k) => `${text} ${k}`)

/** A line for each model, clipped to an area that has an id. */
const lines = (title: string): Chart => ({
  ...{ title, text: 'A line for each model.', alt: 'Lines that fall and rise again.' },
  table: [['lambda', ...names], ...lambdas.map((lambda) => [String(lambda), ...names.map(() => '0.4')])],
  spec: {
    data: { values: names.flatMap((name, j) => lambdas.map((x, k) => ({ name, x, y: 0.1 * j + (k - 4) ** 2 }))) },
    mark: { type: 'line', clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: 'lambda', scale: { type: 'log' } },
      y: { field: 'y', type: 'quantitative', title: '<u>loss</u>' },
      color: { field: 'name', type: 'nominal', legend: { columns: 3 } },
    },
  },
})

const bars = (title: string): Chart => ({
  ...{ title, text: 'Higher is better.' },
  spec: {
    data: { values: names10('<b>a table</b>').map((name, k) => ({ name, value: 10_000 * (k + 1) })) },
    mark: 'bar',
    encoding: { y: { field: 'name', type: 'nominal' }, x: { field: 'value', type: 'quantitative' } },
  },
})

/** A page of four charts, with names that are markup. */
export const somePage: Page = {
  title: 'Models beside each other',
  subtitle: 'On <script>alert(1)</script> and other tables',
  keys: [{ name: 'tables', value: '13', note: 'of <i>any</i> kind' }],
  notes: ['One table is left out.'],
  panels: [
    { title: 'Lambda', text: 'Each table.', charts: [lines('PSiLON, <b>one</b>'), lines('The losses of the other')] },
    {
      title: 'Sizes',
      text: 'Each table.',
      charts: [bars('Rows of each of the tables'), bars('Columns of each table')],
    },
  ],
  tables: [
    { title: '<b>one</b>', text: 'log loss', rows: [['', 'test', 'rank'], ...names.map((name) => [name, '1', '2'])] },
  ],
  facts: [
    ['command', "run --data 'my tables'"],
    ['skipped', ''],
  ],
}
