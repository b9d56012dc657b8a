import { type FitEvent, PsilonClassifier, PsilonRegressor, type RegressorOptions } from 'psilon'
import t from 'tap'
import { type PresetName, presetNames, presets } from '#psilon/estimators/presets.js'
import { generator } from '../support/core.js'
import { someHouses } from '../support/houses.js'

const houses = someHouses(80)
const others = someHouses(20, 2)
const classed = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
const target = 'price'
const short = { depth: 1, hidden: 12, epochs: 10, threads: 2, seed: 3 } as const
const lambdas = [1e-3, 1e-2]
const pruning = presetNames.filter((preset) => presets[preset].sparsity !== null)

async function fitted(options: RegressorOptions, more = {}) {
  const model = new PsilonRegressor({ ...short, ...options })
  const run = model.fit(houses, { target, ...more })
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  const summary = await run
  const most = Math.max(...summary.search.map(({ epochs }) => epochs))
  const whole = summary.search.filter(({ epochs }) => epochs === most)
  const [dense, sparse] = [true, false].map((isDense) =>
    whole.filter(({ sparsity }) => (sparsity === null) === isDense),
  )
  return { model, summary, events, dense: dense as typeof whole, sparse: sparse as typeof whole }
}

t.test('balanced and best try each finalist pruned, with all epochs', async (t) => {
  t.strictSame(pruning, ['balanced', 'best'])
  for (const preset of pruning) {
    const { summary, dense, sparse } = await fitted({ preset, lambdas, ensemble: 2, selection: { folds: 2 } })
    const settings = (list: typeof dense) => list.map(({ encoding, hidden, lambda }) => ({ encoding, hidden, lambda }))
    t.strictSame(settings(sparse), settings(dense))
    t.ok(dense.length > 1)
    t.ok(sparse.every(({ sparsity }) => sparsity === presets[preset].sparsity))
    t.equal(summary.search.length - dense.length - sparse.length > 0, true)
  }
  for (const preset of presetNames.filter((preset) => !pruning.includes(preset))) {
    const { summary } = await fitted({ preset, lambda: 'auto', lambdas })
    t.ok(summary.search.length > 1 && summary.search.every(({ sparsity }) => sparsity === null), preset)
  }
})

t.test('pruned networks are kept, without the units that died, where they cost less than 1 %', async (t) => {
  const seen = new Set<boolean>()
  for (const epochs of [4, 10, 40, 100]) {
    for (const seed of [1, 2]) {
      const setting = { encoding: 'standard', lambdas, selection: { folds: 2 } } as const
      const { model, summary, dense, sparse } = await fitted({ ...setting, epochs, seed, ensemble: 1 })
      const [plain, pruned] = [dense, sparse].map((list) => Math.min(...list.map(({ score }) => score)))
      const kept = (pruned as number) <= 1.01 * (plain as number)
      seen.add(kept)
      t.equal(summary.sparsity, kept ? 0.8 : null)
      t.equal(model.sparsity().exact > 0, kept)
      t.equal((model.network.config.hidden[0] as number) < short.hidden || !kept, true)
      t.equal(
        [...dense, ...sparse]
          .filter(({ members }) => members > 0)
          .every(({ sparsity }) => sparsity === summary.sparsity),
        true,
      )
      const given = { encoding: 'standard', lambda: summary.lambda ?? 0, epochs, seed, ensemble: 1 } as const
      const alone = await fitted({ ...given, prune: { sparsity: kept ? 0.8 : 0 } })
      if (kept) alone.model.compact()
      t.strictSame(await alone.model.predict(others), await model.predict(others))
    }
  }
  t.strictSame(seen.size, 2, 'both happen')
})

t.test('prune given decides: so far, or with 0 not at all', async (t) => {
  for (const preset of pruning) {
    const none = await fitted({ preset, lambdas, ensemble: 2, selection: { folds: 2 }, prune: { sparsity: 0 } })
    t.ok(none.summary.search.every(({ sparsity }) => sparsity === null))
    t.equal(none.model.sparsity().exact, 0)
    t.strictSame(none.model.options.prune, { sparsity: 0 })
    const half = await fitted({ preset, lambdas, ensemble: 2, selection: { folds: 2 }, prune: { sparsity: 0.5 } })
    t.ok(half.summary.search.every(({ sparsity }) => sparsity === null))
    t.ok(half.model.members.every((network) => network.sparsity().exact >= 0.5))
  }
  t.throws(() => new PsilonRegressor({ prune: { sparsity: 1 } }), { code: 'ERR_OPTION' })
  t.throws(() => new PsilonRegressor({ prune: { sparsity: -0.1 } }), { code: 'ERR_OPTION' })
})

t.test('networks that cannot be pruned are not', async (t) => {
  const cases: RegressorOptions[] = [{ normalization: 'none' }, { projection: 'every-step' }, { hidden: 1 }]
  for (const more of cases) {
    const { summary, sparse } = await fitted({ lambdas, ensemble: 1, selection: { folds: 2 }, ...more })
    t.strictSame([sparse, summary.sparsity], [[], null], JSON.stringify(more))
  }
  // a row of the first layer keeps its only weight
  const model = new PsilonRegressor({ ...short, depth: 3, lambdas, ensemble: 2, selection: { folds: 2 } })
  const random = generator(5)
  const table = Array.from({ length: 60 }, () => ({ x: random() })).map(({ x }) => ({ x, y: x ** 2 + 0.1 * random() }))
  t.ok((await model.fit(table, { target: 'y' })).search.every(({ sparsity }) => sparsity === null))
})

t.test('with a validation table and early stopping the pruned network that won is kept', async (t) => {
  for (const more of [{ validation: others }, {}]) {
    for (const earlyStopping of [undefined, { patience: 5 }]) {
      if (earlyStopping === undefined && !('validation' in more)) continue
      const options = { lambdas, epochs: 40, ensemble: 3, earlyStopping }
      const { model, summary, dense, sparse, events } = await fitted(options, more)
      t.ok(dense.length > 0 && sparse.length === dense.length)
      const last = events.filter(({ stage }) => stage === 'fit')
      t.equal(new Set(last.map(({ fit }) => fit)).size, 2, 'the first network was trained in the search')
      t.ok(events.every(({ progress }) => progress > 0 && progress <= 1))
      if (earlyStopping === undefined) t.equal(events.at(-1)?.progress, 1)
      t.equal(model.members.length, 3)
      t.ok(model.members.every((network) => network.sparsity().exact > 0 === (summary.sparsity !== null)))
    }
  }
})

t.test('a classifier prunes by its log loss, and a cancelled run leaves it as it was', async (t) => {
  const model = new PsilonClassifier({ ...short, lambdas, ensemble: 2, selection: { folds: 2 } })
  const { search } = await model.fit(classed, { target: 'dear' })
  t.ok(search.some(({ sparsity }) => sparsity !== null))
  const before = await model.predict(others)
  const run = model.fit(classed, { target: 'dear' })
  for await (const { sparsity } of run) if (sparsity !== null) break
  run.cancel()
  t.equal((await run).stopped, 'cancelled')
  t.strictSame(await model.predict(others), before)
})

t.test('a pruned, searched model says the same after save and load, and with any number of threads', async (t) => {
  const values = async (threads: number, preset: PresetName = 'balanced') => {
    const options = { ...short, preset, lambdas, epochs: 40, ensemble: 3, selection: { folds: 2 }, threads }
    const model = new PsilonRegressor(options)
    const { search, sparsity } = await model.fit(houses, { target })
    return { search, sparsity, values: (await model.predict(others)).values }
  }
  t.strictSame(await values(1), await values(2))
})
