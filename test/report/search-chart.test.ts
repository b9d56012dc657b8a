import t from 'tap'
import { searchCharts } from '#psilon/report/charts/search.js'

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
  t.strictSame(score.table?.at(-1), ['0.1', '0.5000', '1.000e-6', ''])
})

t.test('nothing is cut off where all are near', async (t) => {
  const [, pathNorm] = chartsOf([30, 12, 5, 0])
  t.match(pathNorm.text, 'cut off', 'a path norm of 0 is far from any other')
  const [, near] = chartsOf([30, 12, 5, 4])
  t.notMatch(near.text, 'cut off')
  t.notOk('domain' in (near.spec as unknown as Layers).encoding.y.scale, 'the axis is linear')
})
