import t from 'tap'
import { type Cell, type CellResult, cellOf, type Model } from '../dist/cells/cells.js'
import type { DataSet } from '../dist/data/data-sets.js'
import { choose } from '../dist/studies/choice.js'
import { networkSetting } from '../dist/studies/protocol.js'
import { prunedCells } from '../dist/studies/pruned-cells.js'
import { averageRanks, summarise } from '../dist/studies/tabular-summary.js'
import { smallOptions, someResult } from './support/tables.js'

const rows = { x: { data: new Float64Array(10), shape: [1, 10] as [number, number] }, y: new Float64Array(1) }
const parts = { train: rows, test: rows, validation: rows }
const setNamed = (name: string): DataSet => ({
  name,
  task: 'regression',
  inputs: 10,
  outputs: 1,
  fingerprint: 'f',
  ...parts,
})
const set = setNamed('sums')
const published = { seeds: 2, trainRows: 2000, hidden: 500, epochs: 1000 }

type Scores = [validation: number, test: number] | null

/** Results of PSiLON networks, by seed and lambda. */
function networks(scores: Record<number, Record<number, Scores>>, of = set, options = smallOptions) {
  return Object.entries(scores).flatMap(([seed, byLambda]) =>
    Object.entries(byLambda).map(([lambda, given]) => {
      const cell = cellOf(of, 'psilon', Number(seed), networkSetting('psilon', Number(lambda), options))
      const result = given === null ? null : { validation: given[0], test: given[1] }
      return [cell, someResult(result, { pathNorm: Number(lambda) })] as const
    }),
  )
}

const linear = (test: number, of = set) =>
  [cellOf(of, 'linear', null, { kind: 'linear', penalty: 1 }), someResult({ validation: 1, test })] as const

const resultsOf = (entries: (readonly [Cell, CellResult])[]) => new Map(entries)
const of = (model: Model, summary: ReturnType<typeof summarise>[number]) =>
  summary.models.find((each) => each.model === model)

t.test('the choice is made on validation', async (t) => {
  const results = resultsOf(networks({ 1: { 0.1: [0.5, 0.1], 0.2: [0.4, 0.9], 0.3: [0.6, 0.2] } }))
  const [summary] = summarise(results, [set], smallOptions)
  t.match(of('psilon', summary), {
    chosen: [{ seed: 1, setting: { lambda: 0.2 } }],
    validation: { mean: 0.4, spread: null },
    test: { mean: 0.9 },
    pathNorm: { mean: 0.2 },
    reference: null,
  })
})

t.test('the first of equal ones is taken, and what diverged is passed over', async (t) => {
  const results = resultsOf(networks({ 1: { 0.1: null, 0.2: [0.4, 0.9], 0.3: [0.4, 0.1] } }))
  t.match(choose(results, 'sums', 'psilon', 1)?.cell.setting, { lambda: 0.2 })
  const none = resultsOf(networks({ 1: { 0.1: null } }))
  t.equal(choose(none, 'sums', 'psilon', 1), undefined)
  t.match(of('psilon', summarise(none, [set], smallOptions)[0]), { chosen: [], test: null, rank: 3 })
})

t.test('each seed chooses for itself; mean and standard deviation are over the seeds', async (t) => {
  const results = resultsOf(networks({ 1: { 0.1: [1, 4], 0.2: [2, 0] }, 2: { 0.1: [2, 0], 0.2: [1, 6] } }))
  const [summary] = summarise(results, [set], { ...smallOptions, seeds: 2 })
  const psilon = of('psilon', summary)
  t.match(psilon?.chosen, [{ setting: { lambda: 0.1 } }, { setting: { lambda: 0.2 } }])
  t.strictSame(psilon?.test, { mean: 5, spread: Math.SQRT2 })
})

t.test('the chosen network is pruned, and takes no part in the choice', async (t) => {
  const dense = networks({ 1: { 0.1: [0.5, 0.1], 0.2: [0.4, 0.9] } })
  const [pruned, ...others] = prunedCells(resultsOf(dense), [set], 1)
  t.match([pruned, others], [{ set: 'sums', model: 'psilon', seed: 1, setting: { lambda: 0.2 } }, []])
  const result = someResult({ validation: 0.01, test: 0.8 }, { exactSparsity: 0.91 })
  const [summary] = summarise(resultsOf([...dense, [pruned, result]]), [set], smallOptions)
  t.match(of('psilon', summary), { test: { mean: 0.9 }, pruned: { zeros: { mean: 0.91 }, test: { mean: 0.8 } } })
})

t.test('ranks are by test score on each table, and averaged over them', async (t) => {
  const other = setNamed('other')
  const results = resultsOf([
    ...[...networks({ 1: { 0.1: [1, 0.5] } }), linear(0.5)],
    ...[...networks({ 1: { 0.1: [1, 0.7] } }, other), linear(0.6, other)],
  ])
  const summaries = summarise(results, [set, other], smallOptions)
  t.strictSame([of('psilon', summaries[0])?.rank, of('linear', summaries[0])?.rank], [1.5, 1.5])
  t.strictSame([of('psilon', summaries[1])?.rank, of('linear', summaries[1])?.rank], [2, 1])
  t.match(averageRanks(summaries), [
    { model: 'psilon', rank: 1.75 },
    { model: 'standard', rank: 4 },
    { model: 'mlp', rank: 4 },
    { model: 'linear', rank: 1.25 },
    { model: 'forest', rank: 4 },
  ])
})

t.test('published scores stand beside those of the same protocol and the same lambda only', async (t) => {
  const part = (rows: number) => ({ ...parts.test, y: new Float64Array(rows) })
  const cpu = { ...setNamed('cpu_act'), inputs: 21, test: part(3096), validation: part(3096) }
  const referenceWith = (lambdas: number[], options = published, cpu_act = cpu) => {
    const chosen = Object.fromEntries(lambdas.map((lambda, k) => [k + 1, { [lambda]: [1, 1] as Scores }]))
    return of('psilon', summarise(resultsOf(networks(chosen, cpu_act, options)), [cpu_act], options)[0])?.reference
  }
  t.equal(referenceWith([1e-3, 1e-3]), 0.3706)
  t.equal(referenceWith([1e-3, 1e-2]), null)
  t.equal(referenceWith([5e-4, 5e-4]), null)
  t.equal(referenceWith([1e-3, 1e-3], { ...published, epochs: 900 }), null)
  t.equal(referenceWith([1e-3, 1e-3], { ...published, trainRows: 1999 }), null)
  t.equal(referenceWith([1e-3, 1e-3], published, { ...cpu, test: part(3095) }), null, 'another table of that name')
  t.equal(referenceWith([1e-3, 1e-3], published, { ...cpu, inputs: 20 }), null)
})
