import { type FitEvent, PsilonClassifier, PsilonNet, PsilonRegressor } from 'psilon'
import t from 'tap'
import { selectEnsemble } from '#psilon/estimators/ensemble-selection.js'
import { type HeldOut, scoreOfOutputs, scoreOfParts, standardErrorOfOutputs } from '#psilon/estimators/held-out.js'
import type { Loss } from '#psilon/words.js'
import { generator } from '../support/core.js'
import { someHouses } from '../support/houses.js'

const drawn = (count: number, seed: number) => {
  const random = generator(seed)
  return Float64Array.from({ length: count }, () => random())
}

/** Parts of a regression, and outputs that miss their targets by these functions of the row. */
function problem(misses: readonly ((i: number) => number)[]) {
  const parts = [30, 20].map((rows, k): HeldOut => {
    return { rows: { x: [], y: drawn(rows, k + 1) }, loss: 'mse' }
  })
  const outputs = misses.map((miss) => {
    return parts.map(({ rows: { y } }) => Float64Array.from(y as Float64Array, (value, i) => value + miss(i)))
  })
  return { parts, outputs }
}

t.test('settings whose errors cancel are averaged; those that only add errors are left out', (t) => {
  const wave = (i: number) => Math.sin(i)
  const { parts, outputs } = problem([(i) => 1.1 * wave(i), (i) => -wave(i), () => 3])
  t.strictSame(selectEnsemble(outputs, parts, { first: 1, members: 1 }).chosen, [1])
  t.strictSame(selectEnsemble(outputs, parts, { first: 1, members: 2 }).chosen, [1, 0])
  t.strictSame(selectEnsemble(outputs, parts, { first: 1, members: 4 }).chosen, [1, 0, 1, 0])
  t.end()
})

t.test('of settings that are equally good the first is taken', (t) => {
  const { parts, outputs } = problem([() => 1, () => 1])
  t.strictSame(selectEnsemble(outputs, parts, { first: 1, members: 3 }).chosen, [1, 0, 0])
  t.end()
})

t.test('each member is the one that is best for the mean, by trying all', (t) => {
  const { parts, outputs } = problem([3, 4, 5, 6].map((seed) => (i: number) => drawn(40, seed)[i] as number))
  const { chosen, score } = selectEnsemble(outputs, parts, { first: 0, members: 7 })
  const scoreOf = (members: readonly number[]) => {
    const own = members.map((l) => outputs[l] as Float64Array[])
    const [first] = own as [Float64Array[]]
    const mean = (k: number, i: number) => own.reduce((sum, part) => sum + (part[k]?.[i] as number), 0) / own.length
    return scoreOfParts(
      first.map((part, k) => part.map((_, i) => mean(k, i))),
      parts,
    )
  }
  t.ok(Math.abs(scoreOf(chosen) - score) < 1e-12)
  for (let size = 2; size <= 7; size++) {
    const before = chosen.slice(0, size - 1)
    const scores = outputs.map((_, l) => scoreOf([...before, l]))
    t.ok(Math.abs(scoreOf(chosen.slice(0, size)) - Math.min(...scores)) < 1e-12)
  }
  t.end()
})

t.test('outputs are scored as a fit scores its held-out rows, with weights', async (t) => {
  const cases: [Loss, number, (i: number) => number][] = [
    ['mse', 1, (i) => Math.cos(i)],
    ['huber', 1, (i) => 3 * Math.cos(i)],
    ['bce', 1, (i) => i % 2],
    ['softmax', 3, (i) => i % 3],
  ]
  for (const [loss, outputs, target] of cases) {
    const rows = 24
    const x = Array.from({ length: rows }, (_, i) => Array.from(drawn(4, i + 1)))
    const data = {
      x,
      y: Array.from({ length: rows }, (_, i) => target(i)),
      sampleWeight: drawn(rows, 99).map(Math.abs),
    }
    const net = new PsilonNet({ inputs: 4, hidden: 8, depth: 2, outputs, dtype: 'float64', seed: 2 })
    const { epochs } = await net.fit(data, { loss, epochs: 3, validation: data })
    const validationLoss = epochs.at(-1)?.validationLoss as number
    const heldOut = { rows: data, loss }
    const score = scoreOfOutputs((await net.predict(x)).data, heldOut)
    t.ok(Math.abs((loss === 'mse' ? score ** 2 : score) - validationLoss) < 1e-12 * validationLoss, loss)
    t.ok(standardErrorOfOutputs((await net.predict(x)).data, heldOut) > 0)
  }
})

t.test('a standard error is that of the textbook; a single row has none', (t) => {
  const rows = { x: [], y: [0, 0, 0, 0] }
  const error = standardErrorOfOutputs(Float64Array.of(1, 2, 3, 4), { rows, loss: 'mse' })
  const losses = [1, 4, 9, 16]
  const mean = 7.5
  const deviation = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / 3)
  t.ok(Math.abs(error - deviation / 2 / (2 * Math.sqrt(mean))) < 1e-12)
  t.equal(standardErrorOfOutputs(Float64Array.of(2), { rows: { x: [], y: [0] }, loss: 'mse' }), 0)
  t.equal(standardErrorOfOutputs(Float64Array.of(0), { rows: { x: [], y: [0] }, loss: 'mse' }), 0)
  t.end()
})

const houses = someHouses(80)
const classed = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
const short = { depth: 1, hidden: 6, epochs: 8, threads: 2, seed: 3 } as const

t.test('the summary says how many networks have each setting, and the events what they are', async (t) => {
  for (const [model, table, target] of [
    [new PsilonRegressor({ ...short, ensemble: 6 }), houses, 'price'],
    [new PsilonClassifier({ ...short, ensemble: 6 }), classed, 'dear'],
    [new PsilonRegressor({ ...short, ensemble: 6, lambdaRule: 'one-standard-error' }), houses, 'price'],
    [new PsilonRegressor({ ...short, ensemble: 3, earlyStopping: { patience: 2 } }), houses, 'price'],
  ] as const) {
    const run = model.fit(table, { target })
    const events: FitEvent[] = []
    for await (const event of run) if (event.stage === 'fit') events.push(event)
    const { search, members, encoding, lambda } = await run
    const chosen = search.filter(({ members }) => members > 0)
    t.equal(
      chosen.reduce((sum, { members }) => sum + members, 0),
      model.members.length,
    )
    t.equal(members.length, model.members.length)
    t.strictSame([encoding, lambda], [model.encodings[0], model.lambda])
    for (const event of events)
      t.ok(chosen.some((each) => each.encoding === event.encoding && each.lambda === event.lambda))
    model.encodings.forEach((encoding) => {
      t.ok(chosen.some((each) => each.encoding === encoding))
    })
  }
})

t.test(
  'settings are shared out with a validation table too, and the network that it judged is the first',
  async (t) => {
    const model = new PsilonRegressor({ ...short, ensemble: 5 })
    const { search, members } = await model.fit(houses.slice(0, 60), { target: 'price', validation: houses.slice(60) })
    t.equal(members.length, 5)
    const [best] = [...search].filter(({ members }) => members > 0).sort((a, b) => a.score - b.score)
    t.equal(best?.encoding, model.encodings[0])
    t.ok((await model.predict(houses)).values.every(Number.isFinite))
  },
)
