import t from 'tap'
import type { Panel } from '../dist/pages/panels.js'
import { renderExperiment } from '../dist/pages/render-experiment.js'
import { somePage } from './support/pages.js'

t.test('a page has all that it was given, as texts', async (t) => {
  const page = await renderExperiment(somePage)
  t.strictSame(
    [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title),
    ['Beside each other', 'Bounds', 'Lambda', 'Curves', '&lt;b&gt;one&lt;/b&gt;', 'The run'],
  )
  t.equal(page.match(/<svg/g)?.length, 20)
  t.match(page, 'Diverged: 0.')
  t.notMatch(page, /<script|NaN|undefined/)
  const ids = page.match(/ id="[^"]+"/g) ?? []
  t.ok(ids.length >= 2)
  t.equal(new Set(ids).size, ids.length, 'no two charts share a clipping area')
})

t.test('panels without marks, and numbers that no axis shows well, are drawn', async (t) => {
  const x = { title: 'x' }
  const words = { title: 'Odd', text: 'Odd.' }
  for (const value of [0, 1e-30, 1e30, -1]) {
    const panels: Panel[] = [
      { kind: 'lines', ...words, x, y: { title: 'y' }, lines: [{ name: 'a', points: [{ x: 1, y: value }] }] },
      { kind: 'lines', ...words, x, y: { title: 'y' }, lines: [] },
      { kind: 'dots', ...words, x, rows: ['a'], series: [{ name: 's', values: [value] }] },
      { kind: 'dots', ...words, x: { ...x, logarithmic: true }, rows: ['a'], series: [] },
      { kind: 'bars', ...words, x, bars: [{ name: 'a', value, text: String(value) }] },
      { kind: 'bars', ...words, x, bars: [] },
    ]
    const page = await renderExperiment({
      ...{ title: 'Odd', subtitle: 'numbers', tables: [], facts: [] },
      panels: [{ ...words, panels }],
    })
    t.equal(page.match(/<svg/g)?.length, 6)
    t.notMatch(page, /NaN|undefined|Infinity/)
  }
})
