import { type FitEvent, type FitSummary, PsilonClassifier, PsilonRegressor, type RegressorOptions } from 'psilon'
import t from 'tap'
import { encodingNames } from '#psilon/data/encodings/encodings.js'
import { autoEncodings, type PresetName, presetNames, presets } from '#psilon/estimators/presets.js'
import { someHouses } from '../support/houses.js'

const houses = someHouses(80)
const others = someHouses(20, 2)
const target = 'price'
const classed = houses.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 ? 'yes' : 'no' }))
/** So that even a preset with a search ends within a second. */
const short = { depth: 1, epochs: 4, schedule: 'constant', threads: 2, seed: 3 } as const
const narrow = { ...short, hidden: 6 } as const
const searching = presetNames.filter((preset) => presets[preset].lambda === 'auto')

type Choice = 'encoding' | 'hidden' | 'lambda'
const choices: readonly Choice[] = ['encoding', 'hidden', 'lambda']

/** The different values that were tried, in order. */
const triedOf = ({ search }: FitSummary, choice: Choice) => [...new Set(search.map((each) => each[choice]))].sort()

/** Those with all epochs, of which one is chosen. */
function wholeOf({ search }: FitSummary) {
  const most = Math.max(...search.map(({ epochs }) => epochs))
  return search.filter(({ epochs }) => epochs === most)
}

const settingOf = ({ encoding, hidden, lambda }: Pick<FitSummary, Choice>) => ({ encoding, hidden, lambda })

/** What a preset chooses from. */
function valuesOf(preset: PresetName) {
  const { encodings, hidden, lambda, lambdas } = presets[preset]
  return { encoding: [...encodings], hidden: [...hidden], lambda: lambda === 'auto' ? [...lambdas] : [lambda] }
}

t.test('what is declared is there to be chosen', async (t) => {
  t.strictSame(searching, ['fast', 'balanced', 'best'])
  for (const { encodings, hidden, lambdas } of Object.values(presets)) {
    t.ok(encodings.every((encoding) => encodingNames.includes(encoding)))
    t.ok(hidden.length > 0 && lambdas.length > 0)
  }
})

for (const preset of presetNames) {
  const options = { ...short, ...(preset === 'paper' && { hidden: 6 }), preset }

  t.test(`${preset} trains and predicts`, async (t) => {
    const { learningRate, ensemble } = presets[preset]
    const values = { ...valuesOf(preset), ...(preset === 'paper' && { hidden: [6] }) }
    const regressor = new PsilonRegressor(options)
    const summary = await regressor.fit(houses, { target })
    t.equal(regressor.options.preset, preset)
    t.equal(regressor.members.length, ensemble)
    t.ok((await regressor.predict(others)).values.every(Number.isFinite))
    t.equal(summary.search.length === 0, !searching.includes(preset))
    for (const choice of choices) t.ok((values[choice] as unknown[]).includes(summary[choice]), choice)
    t.strictSame([regressor.encodings[0], regressor.lambda], [summary.encoding, summary.lambda])
    const [width = 0] = regressor.network.config.hidden
    t.ok(summary.sparsity === null ? width === summary.hidden : width <= Number(summary.hidden))
    t.equal(Math.max(...summary.epochs.map((epoch) => epoch.learningRate)), learningRate.mlp)

    const classifier = new PsilonClassifier(options)
    await classifier.fit(classed, { target: 'dear' })
    t.equal(classifier.members.length, ensemble)
    const { labels } = await classifier.predict(others)
    t.ok(labels.every((label) => label === 'yes' || label === 'no'))
  })

  t.test(`${preset}: the same seed gives the same bits with any number of threads`, async (t) => {
    const fitted = async (threads: number) => {
      const model = new PsilonRegressor({ ...options, ensemble: 2, threads })
      const { search } = await model.fit(houses, { target })
      return { search, values: (await model.predict(others)).values }
    }
    t.strictSame(await fitted(1), await fitted(2))
  })
}

t.test('without a preset it is balanced, and the options say so', async (t) => {
  const [given, none] = [new PsilonRegressor({ ...narrow, preset: 'balanced' }), new PsilonRegressor(narrow)]
  t.strictSame(none.options, { ...narrow, preset: 'balanced' })
  t.strictSame(new PsilonClassifier({ preset: undefined }).options, { preset: 'balanced' })
  await given.fit(houses, { target })
  await none.fit(houses, { target })
  t.strictSame(await none.predict(others), await given.predict(others))
})

t.test('paper is what the options of a network and its fit say', async (t) => {
  const { epochs: _, ...rest } = narrow
  const paper = new PsilonRegressor({ ...rest, preset: 'paper' })
  const written = new PsilonRegressor({
    ...{ ...rest, preset: 'fast', encoding: 'standard', lambda: 1e-3, ensemble: 1 },
    ...{ epochs: 1000, batchSize: 400, learningRate: 2e-3 },
  })
  await paper.fit(houses, { target })
  await written.fit(houses, { target })
  t.strictSame(await paper.predict(others), await written.predict(others))
  const wide = new PsilonRegressor({ preset: 'paper', epochs: 1 })
  await wide.fit(houses, { target })
  t.strictSame(wide.network.config.hidden, [500, 500, 500])
})

const fixed = { encoding: 'robust', hidden: 7, lambda: 0.007 } as const
const subsets = Array.from({ length: 8 }, (_, bits) => choices.filter((_, k) => bits & (1 << k)))

for (const names of subsets) {
  t.test(`what is searched where an option gives ${names.join(' and ') || 'nothing'}`, async (t) => {
    const given: RegressorOptions = Object.fromEntries(names.map((name) => [name, fixed[name]]))
    for (const preset of searching) {
      const model = new PsilonRegressor({ ...short, epochs: 3, ensemble: 1, preset, ...given })
      const summary = await model.fit(houses, { target })
      t.match(summary, given)
      const values: Record<Choice, readonly unknown[]> = valuesOf(preset)
      if (choices.every((choice) => names.includes(choice) || values[choice].length === 1)) {
        t.strictSame(summary.search, [])
        continue
      }
      for (const choice of choices) {
        const expected = names.includes(choice) ? [fixed[choice]] : [...values[choice]].sort()
        t.strictSame(triedOf(summary, choice), expected, `${preset}: ${choice}`)
      }
    }
  })
}

t.test('the chosen setting has the least score of those with all epochs', async (t) => {
  for (const seed of [1, 2, 3]) {
    const model = new PsilonRegressor({ ...short, prune: { sparsity: 0 }, seed, ensemble: 1 })
    const summary = await model.fit(houses, { target })
    const whole = wholeOf(summary)
    t.ok(whole.length > 1 && whole.length < summary.search.length)
    const [best] = [...whole].sort((a, b) => a.score - b.score)
    t.strictSame(settingOf(summary), settingOf(best as never))
    t.equal((best as { epochs: number }).epochs, short.epochs)
    for (const { score, standardError, pathNorm } of summary.search) {
      t.ok([score, standardError, pathNorm].every((figure) => Number.isFinite(figure) && figure > 0))
    }
    // the chosen setting, given, makes the same network
    const alone = new PsilonRegressor({ ...short, seed, ensemble: 1, ...(settingOf(best as never) as object) })
    await alone.fit(houses, { target })
    t.strictSame(await alone.predict(others), await model.predict(others))
  }
})

t.test('settings that go on to all epochs are the best of each encoding and width with a part of them', async (t) => {
  const { search } = await new PsilonRegressor({ ...narrow, ensemble: 1 }).fit(houses, { target })
  const most = Math.max(...search.map(({ epochs }) => epochs))
  const first = search.filter(({ epochs }) => epochs < most)
  const key = (each: Parameters<typeof settingOf>[0]) => JSON.stringify(settingOf(each))
  const whole = new Set(search.filter(({ epochs }) => epochs === most).map(key))
  const kinds = new Set<string>()
  const ranked = [...first].sort((a, b) => a.score - b.score)
  const best = ranked.filter(({ encoding, hidden }) => {
    const kind = `${encoding} ${hidden}`
    return !kinds.has(kind) && kinds.add(kind)
  })
  t.strictSame(new Set(best.slice(0, whole.size).map(key)), whole)
})

t.test("encoding 'auto' tries several with every preset", async (t) => {
  for (const preset of presetNames) {
    const model = new PsilonRegressor({ ...narrow, ensemble: 1, lambda: 1e-3, preset, encoding: 'auto' })
    const summary = await model.fit(houses, { target })
    const { encodings } = presets[preset]
    const expected = encodings.length > 1 ? encodings : autoEncodings
    t.strictSame(triedOf(summary, 'encoding'), [...expected].sort(), preset)
    t.strictSame(model.encodings, [summary.encoding])
    t.equal(model.options.encoding, 'auto')
  }
})

t.test('progress rises from 0 to 1 and never falls', async (t) => {
  const runs: RegressorOptions[] = [{}, { ensemble: 1 }, { preset: 'fast' }, { preset: 'best', ensemble: 2 }]
  for (const more of runs) {
    const run = new PsilonRegressor({ ...short, ...more }).fit(houses, { target })
    const events: FitEvent[] = []
    for await (const event of run) events.push(event)
    const progress = events.map((event) => event.progress)
    t.ok((progress[0] as number) > 0 && (progress[0] as number) <= 0.25)
    t.ok(progress.every((value, k) => k === 0 || value >= (progress[k - 1] as number)))
    t.equal(progress.at(-1), 1)
    const { fits } = events[0] as FitEvent
    t.strictSame([...new Set(events.map(({ fit }) => fit))].sort((a, b) => a - b).at(-1), fits)
    const stages = events.map(({ stage }) => stage)
    t.ok(stages.lastIndexOf('search') < stages.indexOf('fit'), 'the last fits come after the search')
    const last = events.filter(({ stage }) => stage === 'fit')
    t.ok(last.length > 0)
    const chosen = (await run).search.filter(({ members }) => members > 0).map(settingOf)
    for (const event of last)
      t.ok(chosen.some((setting) => JSON.stringify(setting) === JSON.stringify(settingOf(event))))
  }
})

t.test('a run that is cancelled in the search leaves the estimator as it was', async (t) => {
  const model = new PsilonRegressor({ ...narrow, ensemble: 1 })
  await model.fit(houses, { target })
  const before = [model.encodings, model.lambda, (await model.predict(others)).values]
  const run = model.fit(houses.slice(0, 60), { target })
  for await (const { stage, progress } of run) if (stage === 'search' && progress > 0.1) break
  run.cancel()
  const summary = await run
  t.match(summary, { encoding: null, hidden: null, lambda: null, stopped: 'cancelled', epoch: 0, members: [] })
  t.ok(summary.search.length < 28)
  t.strictSame([model.encodings, model.lambda, (await model.predict(others)).values], before)
  const fresh = new PsilonRegressor(narrow)
  const first = fresh.fit(houses, { target })
  first.cancel()
  t.match(await first, { encoding: null, hidden: null, lambda: null, search: [] })
  t.throws(() => fresh.encodings, { code: 'ERR_NOT_FITTED' })
})
