import { readFileSync } from 'node:fs'
import { PsilonError } from 'psilon'
import { type Chart, type Page, renderPage } from 'psilon/report'
import t from 'tap'
import { somePage } from '../support/pages.js'

t.test('a page has all that it was given, as texts', async (t) => {
  const page = await renderPage(somePage)
  t.strictSame(
    [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title),
    ['Lambda', 'Sizes', '&lt;b&gt;one&lt;/b&gt;', 'The run'],
  )
  t.equal(page.match(/<svg/g)?.length, 4)
  t.match(page, '<dd class="value">13</dd><dd class="note">of &lt;i&gt;any&lt;/i&gt; kind</dd>')
  t.match(page, '<p class="note-box" role="note">One table is left out.</p>')
  t.match(page, 'aria-label="The losses of the other. Lines that fall and rise again."')
  t.match(page, 'aria-label="Columns of each table"')
  t.match(page, '<dt>command</dt><dd>run --data &#39;my tables&#39;</dd>')
  t.notMatch(page, '<dt>skipped')
  t.notMatch(page, /<script|<b>|<u>|NaN|undefined/)
  t.equal(await renderPage(somePage), page)
  const ids = page.match(/ id="[^"]+"/g) ?? []
  t.ok(ids.length >= 2)
  t.equal(new Set(ids).size, ids.length, 'no two charts share a clipping area')
})

t.test('a chart has the size, the colours and the numbers of the page unless it says otherwise', async (t) => {
  const [, sizes] = somePage.panels ?? []
  const page = await renderPage({ title: 'Sizes', subtitle: 'of tables', panels: [sizes] })
  t.match(page, /<svg [^>]*width="380"/)
  t.match(page, 'fill="var(--series-1)"')
  t.match(page, '>80,000</text>')
  const [{ spec }] = sizes.charts
  const own = { ...spec, width: 200, mark: { type: 'bar', color: 'red' } }
  const charts = [{ title: 'Rows', text: '', spec: own }]
  const other = await renderPage({ title: 'Sizes', subtitle: 'of tables', panels: [{ ...sizes, charts }] })
  t.match(other, /<svg [^>]*width="200"/)
  t.match(other, 'fill="red"')
})

t.test('a page needs a title and a subtitle alone', async (t) => {
  const page = await renderPage({ title: 'Nothing', subtitle: 'to be seen', keys: undefined })
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
  const empty = await renderPage({ title: 'Tables', subtitle: 'None', tables: [{ title: 'a', text: 'b', rows: [] }] })
  t.notMatch(empty, /undefined/)
})

const head = { title: 'a', subtitle: 'b' }
const withChart = (chart: object) => ({ ...head, panels: [{ title: 'c', text: 'd', charts: [chart] }] })
const withSpec = (spec: unknown) => withChart({ title: 'e', text: 'f', spec })

t.test('what is no page is refused by its place', async (t) => {
  const getter = Object.defineProperty({ ...head }, 'keys', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  })
  const cases: [page: unknown, message: string][] = [
    [undefined, 'the page must be an object, got undefined'],
    [{}, 'the page lacks "title"'],
    [{ ...head, title: 1 }, 'title must be a text, got 1'],
    [{ ...head, chart: [] }, 'the page has an unknown entry "chart"'],
    [{ ...head, keys: 'x' }, 'keys must be an array, got "x"'],
    [{ ...head, notes: [1] }, 'notes[0] must be a text, got 1'],
    [{ ...head, facts: [['a']] }, 'facts[0] must be an array of two texts, got an array of 1'],
    [{ ...head, tables: [{ title: 'c', text: 'd', rows: [[1]] }] }, 'tables[0].rows[0][0] must be a text, got 1'],
    [getter, 'the page cannot be read: no'],
    [withChart({ title: 'e', text: 'f' }), 'panels[0].charts[0] lacks "spec"'],
    [withSpec('bar'), 'panels[0].charts[0].spec must be an object, got "bar"'],
  ]
  for (const [page, message] of cases) {
    await t.rejects(renderPage(page as Page), { code: 'ERR_OPTION', message: `[renderPage] ${message}` })
  }
})

t.test('what is no chart is refused by its place', async (t) => {
  const encoding = { x: { field: 'x', type: 'quantitative', axis: { format: 'no format' } } }
  const cases: [spec: object, code: string, message: RegExp][] = [
    [{}, 'ERR_OPTION', /not a chart that can be drawn: Invalid specification/],
    [{ mark: 'pie', data: { values: [{}] }, encoding: {} }, 'ERR_OPTION', /not a chart that can be drawn: /],
    [{ mark: 'bar', transform: [{ filter: '(' }] }, 'ERR_OPTION', /not a chart that can be drawn: /],
    [{ mark: 'bar', data: { url: 'cars.json' } }, 'ERR_OPTION', /its data must be in it, not at a URL$/],
    [{ mark: 'bar', data: { values: [{ x: 1 }] }, encoding }, 'ERR_UNSUPPORTED', /a chart of these numbers cannot be/],
  ]
  for (const [spec, code, message] of cases) {
    const error = await renderPage(withSpec(spec) as Page).catch((error) => error)
    t.ok(error instanceof PsilonError)
    t.match(error, { code, message })
    t.match(error, { message: /^\[renderPage\] panels\[0\]\.charts\[0\]\.spec: / })
  }
})

t.test('the example of the documentation runs', async (t) => {
  const section = readFileSync('docs/api.md', 'utf8').split('\n## Pages\n')[1]
  const example = /```js\nimport .*\n\n(const html = [\s\S]*?)```/.exec(section)?.[1] ?? ''
  const run = new Function('renderPage', `return (async () => { ${example}; return html })()`)
  const page: string = await run(renderPage)
  t.match(page, '<svg')
  t.match(page, '>0.01</text>')
})

t.test('a specification is left as it was', async (t) => {
  const chart = somePage.panels?.[0].charts[0] as Chart
  const before = structuredClone(chart.spec)
  await renderPage(withChart(chart) as Page)
  t.strictSame(chart.spec, before)
  const data = Object.freeze({ values: Object.freeze([Object.freeze({ x: 1 })]) })
  t.match(await renderPage(withSpec({ ...before, data, mark: 'bar' }) as Page), '<svg')
})
