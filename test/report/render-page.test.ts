import { PsilonError } from 'psilon'
import { type Page, renderPage } from 'psilon/report'
import t from 'tap'
import { somePage } from '../support/pages.js'

t.test('a page has all that it was given, as texts', async (t) => {
  const page = await renderPage(somePage)
  t.strictSame(
    [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title),
    ['Beside each other', 'Bounds', 'Lambda', 'Curves', '&lt;b&gt;one&lt;/b&gt;', 'The run'],
  )
  t.equal(page.match(/<svg/g)?.length, 20)
  t.match(page, '<dd class="value">13</dd><dd class="note">of &lt;i&gt;any&lt;/i&gt; kind</dd>')
  t.match(page, '<p class="note-box" role="note">One table is left out.</p>')
  t.match(page, '<dt>command</dt><dd>run --data &#39;my tables&#39;</dd>')
  t.notMatch(page, '<dt>skipped')
  t.match(page, 'Diverged: 0.')
  t.notMatch(page, /<script|NaN|undefined/)
  t.equal(await renderPage(somePage), page)
  const ids = page.match(/ id="[^"]+"/g) ?? []
  t.ok(ids.length >= 2)
  t.equal(new Set(ids).size, ids.length, 'no two charts share a clipping area')
})

t.test('a page needs a title and a subtitle alone', async (t) => {
  const page = await renderPage({ title: 'Nothing', subtitle: 'to be seen' })
  t.match(page, '<h1>Nothing</h1>')
  t.notMatch(page, /<h2>|<svg|<dl/)
})

t.test('tables alone, with a head and names of rows', async (t) => {
  const rows = [
    ['', 'PSiLON', 'forest'],
    ['wine', '1.0', '1.1'],
  ]
  const page = await renderPage({
    title: 'Tables',
    subtitle: 'Ten',
    tables: [{ title: 'Ranks', text: 'By set.', rows }],
  })
  t.match(page, '<th scope="col">forest</th>')
  t.match(page, '<tr><th scope="row">wine</th><td>1.0</td><td>1.1</td></tr>')
  t.strictSame(page.match(/<h2>.*?<\/h2>/g), ['<h2>Ranks</h2>'])
})

t.test('panels without marks, and numbers that no axis shows well, are drawn', async (t) => {
  const x = { title: 'x' }
  const words = { title: 'Odd', text: 'Odd.' }
  for (const value of [0, 1e-30, 1e30, -1]) {
    const page = await renderPage({
      ...{ title: 'Odd', subtitle: 'numbers' },
      panels: [
        {
          ...words,
          panels: [
            { kind: 'lines', ...words, x, y: { title: 'y' }, lines: [{ name: 'a', points: [{ x: 1, y: value }] }] },
            { kind: 'lines', ...words, x, y: { title: 'y' }, lines: [] },
            { kind: 'dots', ...words, x, rows: ['a'], series: [{ name: 's', values: [value] }] },
            { kind: 'dots', ...words, x: { ...x, logarithmic: true }, rows: ['a'], series: [] },
            { kind: 'bars', ...words, x, bars: [{ name: 'a', value, text: String(value) }] },
            { kind: 'bars', ...words, x, bars: [] },
          ],
        },
      ],
    })
    t.equal(page.match(/<svg/g)?.length, 6)
    t.notMatch(page, /NaN|undefined|Infinity/)
  }
})

t.test('what is no page is refused by its place', async (t) => {
  const head = { title: 'a', subtitle: 'b' }
  const withPanel = (panel: object) => ({ ...head, panels: [{ title: 'c', text: 'd', panels: [panel] }] })
  const words = { title: 'e', text: 'f', x: { title: 'x' } }
  const lines = { kind: 'lines', ...words, y: { title: 'y' }, lines: [] }
  const point = (y: unknown) => ({ ...lines, lines: [{ name: 'g', points: [{ x: 1, y }] }] })
  const cases: [page: unknown, message: string][] = [
    [undefined, 'the page must be an object, got undefined'],
    [{}, 'title must be a text, got undefined'],
    [{ ...head, keys: 'x' }, 'keys must be an array, got "x"'],
    [{ ...head, notes: [1] }, 'notes[0] must be a text, got 1'],
    [{ ...head, facts: [['a']] }, 'facts[0] must be an array of 2, got an array of 1'],
    [{ ...head, tables: [{ title: 'c', text: 'd', rows: [[1]] }] }, 'tables[0].rows[0][0] must be a text, got 1'],
    [withPanel({ kind: 'pie' }), 'panels[0].panels[0].kind must be one of "lines", "dots", "bars", got "pie"'],
    [withPanel(point(Number.NaN)), 'panels[0].panels[0].lines[0].points[0].y must be a finite number, got NaN'],
    [
      withPanel({ ...lines, y: { title: 'y', domain: [1] } }),
      'panels[0].panels[0].y.domain must be an array of 2, got an array of 1',
    ],
    [
      withPanel({ kind: 'dots', ...words, rows: ['a', 'b'], series: [{ name: 's', values: [1] }] }),
      'panels[0].panels[0].series[0].values must be an array of 2, got an array of 1',
    ],
  ]
  for (const [page, message] of cases) {
    await t.rejects(renderPage(page as Page), { code: 'ERR_OPTION', message: `[renderPage] ${message}` })
  }
  const format = withPanel({ kind: 'bars', ...words, x: { title: 'x', format: 'no format' }, bars: [] })
  const error = await renderPage(format as Page).catch((error) => error)
  t.ok(error instanceof PsilonError)
  t.match(error, { code: 'ERR_UNSUPPORTED', message: /^\[report\] a chart of these numbers cannot be drawn: / })
})
