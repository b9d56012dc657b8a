import t from 'tap'
import { searchCharts } from '#psilon/report/charts/search.js'
import { searchTable } from '#psilon/report/scores.js'

type Layers = { encoding: { y: { scale: object } }; layer: { data: { values: { lambda: number }[] } }[] }

const chartsOf = (pathNorms: number[]) => {
  const search = pathNorms.map((pathNorm, k) => {
    return { lambda: 10 ** (k - 4), score: 0.1 + 0.1 * (k - 1) ** 2, standardError: 0.01, pathNorm }
  })
  return searchCharts({ search, lambda: 1e-3 }, 'log loss')
}

t.test('a path norm far from the chosen one does not flatten the others', async (t) => {
  const [score, pathNorm] = chartsOf([30, 12, 5, 1e-6])
  const { encoding, layer } = pathNorm.spec as unknown as Layers
  t.match(encoding.y.scale, { type: 'log', domain: [0.12, 30] })
  t.strictSame(
    layer.map(({ data }) => data.values.length),
    [4, 3, 1],
  )
  t.match(pathNorm.text, 'Values 100 times smaller or larger than there are cut off.')
  t.notMatch(score.text, 'cut off')
  t.strictSame(score.table?.at(-1), ['0.1', '0.5000', '0.01000', '1.000e-6', ''])
})

t.test('nothing is cut off where all are near', async (t) => {
  const [, pathNorm] = chartsOf([30, 12, 5, 0])
  t.match(pathNorm.text, 'cut off', 'a path norm of 0 is far from any other')
  const [, near] = chartsOf([30, 12, 5, 4])
  t.notMatch(near.text, 'cut off')
  t.notOk('domain' in (near.spec as unknown as Layers).encoding.y.scale, 'the axis is linear')
})

const tried = (encoding: 'standard' | 'asinh', hidden: number, epochs: number, lambda: number, score: number) => {
  return { encoding, hidden, epochs, lambda, score, standardError: 0.01, pathNorm: 5 }
}
/** Two encodings and two lambdas with a part of the epochs, two of them with all, and one with another width. */
const searched = [
  ...[tried('standard', 64, 10, 1e-3, 0.5), tried('standard', 64, 10, 1e-2, 0.6)],
  ...[tried('asinh', 64, 10, 1e-3, 0.4), tried('asinh', 64, 10, 1e-2, 0.7)],
  ...[tried('asinh', 64, 40, 1e-3, 0.3), tried('standard', 64, 40, 1e-3, 0.35), tried('asinh', 128, 40, 1e-3, 0.2)],
]
const chosen = { encoding: 'asinh', hidden: 128, lambda: 1e-3 } as const

t.test('of several rounds the chart has the first, in which all settings are alike', async (t) => {
  const [score] = searchCharts({ search: searched, ...chosen }, 'log loss')
  const { layer } = score.spec as unknown as Layers
  t.strictSame(
    layer.map(({ data }) => data.values.length),
    [4, 4, 1],
  )
  t.match(layer[2]?.data.values[0], { encoding: 'asinh', hidden: 64, epochs: 10, lambda: 1e-3 })
  t.match(score.text, 'With the first 10 of the epochs; on the held-out rows')
})

t.test('the table has what differed, and marks the setting with all epochs that was chosen', async (t) => {
  const table = searchTable(searched, chosen, 'log loss')
  const titles = ['encoding', 'units', 'lambda', 'epochs', 'log loss', 'standard error', 'path norm', '']
  t.strictSame(table[0], titles)
  t.equal(table.length, 8)
  const marked = table.filter((row) => row.includes('chosen'))
  t.strictSame(marked, [['asinh', '128', '0.001', '40', '0.2000', '0.01000', '5.000', 'chosen']])
  const narrow = { ...chosen, hidden: 64 }
  t.match(searchTable(searched.slice(0, 6), narrow, 'log loss').at(5), ['asinh', '0.001', '40', '0.3000'])
})

t.test('some of its rows show what differed among all, and scores that are alike', async (t) => {
  const alike = searched.map((each) => ({ ...each, score: 0.2 }))
  const [titles, row] = searchTable(alike, chosen, 'log loss', alike.slice(6))
  t.strictSame(titles, ['encoding', 'units', 'lambda', 'log loss', 'standard error', 'path norm', ''])
  t.strictSame(row, ['asinh', '128', '0.001', '0.2000', '0.01000', '5.000', 'chosen'])
})
