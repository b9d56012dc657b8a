import t from 'tap'
import { type Certified, figuresOf, shareTable } from '#psilon/report/certificates/figures.js'
import { countsOf } from '#psilon/report/certificates/histogram-chart.js'
import { certificatePage } from '#psilon/report/certificates/page.js'
import { edgesOf } from '#psilon/report/certificates/radius-axis.js'
import { layOut } from '#psilon/report/layout.js'
import { hostileCertificates } from '../support/reports.js'

/** Certificates of eight rows whose figures can be counted by hand. */
const byHand: Certified = {
  level: 'exact',
  within: { a: 1 },
  certificate: {
    labels: ['x', 'x', 'x', 'x', 'y', 'y', 'y', 'y'],
    radii: Float64Array.of(0, 0.5, 1, 1.5, 2, 4, 10, Infinity),
    upper: Float64Array.of(0, 0.5, 1, 3, 2, 4, 10, Infinity),
    exact: [true, true, true, false, true, true, true, true],
    counterexamples: [{ a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }, null],
  },
  global: Float64Array.of(0, 0.1, 0.2, 0.3, 1, 2, 3, Infinity),
  actual: ['x', 'x', 'y', 'x', 'y', undefined, 'x', undefined],
}

t.test('figures, counted by hand', async (t) => {
  const { shares, ...others } = figuresOf(byHand)
  t.strictSame(others, {
    ...{ level: 'exact', rows: 8, unit: 'tolerances', medianRadius: 1.5, medianGlobalRadius: 0.3 },
    ...{ exactShare: 7 / 8, accuracy: 4 / 6 },
  })
  t.strictSame(shares, [
    { radius: 0.25, certain: 7 / 8, global: 5 / 8, changes: 1 / 8 },
    { radius: 0.5, certain: 7 / 8, global: 4 / 8, changes: 1 / 8 },
    { radius: 1, certain: 6 / 8, global: 4 / 8, changes: 2 / 8 },
    { radius: 1.5, certain: 5 / 8, global: 3 / 8, changes: 3 / 8 },
    { radius: 2, certain: 4 / 8, global: 3 / 8, changes: 3 / 8 },
    { radius: 3, certain: 3 / 8, global: 2 / 8, changes: 4 / 8 },
    { radius: 5, certain: 2 / 8, global: 1 / 8, changes: 6 / 8 },
  ])
  const [head, , , row] = shareTable(figuresOf(byHand))
  t.strictSame(head, ['moves up to', 'class certain', 'by level global', 'class changes'])
  t.strictSame(row, ['1 ×', '75.0 %', '50.0 %', '25.0 %'])
})

t.test('without tolerances radii are deviations; without counterexamples nothing is said of changes', async (t) => {
  const certificate = { ...byHand.certificate, counterexamples: Array.from({ length: 8 }, () => null) }
  const figures = figuresOf({ ...byHand, level: 'global', within: undefined, certificate, actual: [] })
  t.match(figures, { unit: 'deviations', accuracy: null })
  t.ok(figures.shares.every(({ changes }) => changes === null))
  const [head, row] = shareTable(figures)
  t.strictSame(
    [head, row],
    [
      ['moves up to', 'class certain'],
      ['0.01 sd', '87.5 %'],
    ],
  )
})

t.test('every positive finite radius is in one bar; the tolerances are between two', async (t) => {
  const edges = edgesOf(byHand)
  t.ok(edges.some((edge) => Math.abs(edge - 1) < 1e-12))
  for (const radii of [byHand.certificate.radii, byHand.global]) {
    t.equal(
      countsOf(radii, edges).reduce((sum, { rows }) => sum + rows, 0),
      6,
    )
  }
  const wide = edgesOf({ ...byHand, global: Float64Array.of(1e-12, 5) })
  t.ok((wide[0] as number) > 1e-3 && (wide.at(-1) as number) > 10, 'tiny radii do not stretch the axis')
})

const hostile = await hostileCertificates()

t.test('the page of rows that are open has both sides; names are texts', async (t) => {
  const { certificate } = hostile
  const upper = certificate.upper.map((each, row) => (row % 3 === 0 ? 10 * each : each))
  const exact = certificate.exact.map((met, row) => met && row % 3 !== 0)
  const page = await layOut(await certificatePage({ ...hostile, certificate: { ...certificate, upper, exact } }))
  t.match(page, '>not refuted</text>')
  t.match(page, /<td>[\d.]+ to [\d.]+ ×<\/td>/)
  t.match(page, />\d+ rows are not solved exactly: .* after 20 nodes/)
  t.notMatch(page, /<script|<img|<em>|<u>|<i>|NaN|undefined/)
  const solved = { ...certificate, exact: exact.map(() => true), upper: certificate.radii }
  const other = await layOut(await certificatePage({ ...hostile, certificate: solved }))
  t.notMatch(other, /not refuted|not solved exactly/)
})

t.test('a page can be drawn where all radii are 0, or none has a limit', async (t) => {
  for (const radius of [0, Infinity]) {
    const { length } = hostile.certificate.radii
    const [radii, none] = [new Float64Array(length).fill(radius), Array.from({ length }, () => null)]
    const certificate = { ...hostile.certificate, radii, upper: radii, counterexamples: none }
    for (const within of [hostile.within, undefined]) {
      const page = await layOut(await certificatePage({ ...hostile, within, certificate, global: radii }))
      t.notMatch(page, /NaN|undefined/)
      t.match(page, radius === 0 ? '120 rows below' : 'Not shown: 120 rows without a limit.')
      t.equal(/least certain rows/.test(page), radius === 0)
    }
  }
})
