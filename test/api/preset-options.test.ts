import {
  type EstimatorFitOptions,
  type FitEvent,
  type FitSummary,
  PsilonClassifier,
  PsilonRegressor,
  type RegressorOptions,
} from 'psilon'
import t from 'tap'
import { paperLambdas, presetNames, presets } from '#psilon/estimators/presets.js'
import { someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

/** A test for each row of the table "what options do with each preset" in docs/api.md. */

const houses = someHouses(80)
const others = someHouses(20, 2)
const validation = someHouses(30, 3)
const target = 'price'
/** Nothing is pruned: preset-pruning.test.ts has that. */
const sizes = { depth: 1, hidden: 6, epochs: 4, threads: 1, seed: 3 } as const
const short = { ...sizes, schedule: 'constant', prune: { sparsity: 0 } } as const
const searching = ['fast', 'balanced', 'best'] as const
const direct = ['paper'] as const

interface Fitted {
  model: PsilonRegressor
  summary: FitSummary
  events: FitEvent[]
  values: Float64Array
}

async function fitted(options: RegressorOptions, more: Partial<EstimatorFitOptions> = {}): Promise<Fitted> {
  const model = new PsilonRegressor({ ...short, ...options })
  const run = model.fit(houses, { target, ...more })
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  return { model, summary: await run, events, values: (await model.predict(others)).values }
}

/** Number of fits of the search for each candidate with all epochs: one for each part of the rows. */
function partsOf({ events, summary }: Fitted): number {
  const [some] = summary.search
  const fits = events.filter(({ stage, encoding, hidden, lambda, epochs }) => {
    return (
      stage === 'search' &&
      encoding === some?.encoding &&
      hidden === some?.hidden &&
      lambda === some?.lambda &&
      epochs === some?.epochs
    )
  })
  return new Set(fits.map(({ fit }) => fit)).size
}

const lambdasOf = ({ summary: { search } }: Fitted) => [...new Set(search.map(({ lambda }) => lambda))]
const lastFits = ({ events }: Fitted) =>
  new Set(events.filter(({ stage }) => stage === 'fit').map(({ fit }) => fit)).size

/** What the chosen setting gives on its own, without a search, on all rows. */
async function alone({ summary: { encoding, lambda } }: Fitted, more: RegressorOptions = {}) {
  const setting = { encoding: encoding ?? undefined, lambda: lambda ?? undefined }
  return await fitted({ ensemble: 1, ...more, ...setting })
}

const partsOfSelection = (preset: (typeof presetNames)[number]) => {
  const { selection } = presets[preset]
  return 'folds' in selection ? selection.folds * (selection.repeats ?? 1) : 1
}

t.test('nothing: paper holds out no rows; the others search by what they hold out, then train on all', async (t) => {
  for (const preset of direct) {
    const found = await fitted({ preset })
    t.match(found.summary, { search: [], rows: 80 })
    t.equal(lastFits(found), 1)
    t.ok(found.summary.epochs.every(({ validationLoss }) => validationLoss === undefined))
  }
  for (const preset of searching) {
    const found = await fitted({ preset })
    t.ok(found.summary.search.length > 1)
    t.equal(partsOf(found), partsOfSelection(preset))
    t.equal(found.summary.rows, 80)
    t.equal(lastFits(found), presets[preset].ensemble)
  }
})

t.test('encoding, lambda and hidden: paper take them and try nothing', async (t) => {
  for (const preset of direct) {
    const { summary } = await fitted({ preset, encoding: 'robust', lambda: 0.007, hidden: 5 })
    t.match(summary, { encoding: 'robust', lambda: 0.007, hidden: 5, search: [] })
  }
})

t.test("encoding 'auto': as without it where encodings are tried anyway", async (t) => {
  for (const preset of searching) {
    const [given, none] = [await fitted({ preset, encoding: 'auto' }), await fitted({ preset })]
    t.strictSame(given.values, none.values)
    t.strictSame(given.summary.search, none.summary.search)
  }
  for (const preset of direct) {
    const found = await fitted({ preset, encoding: 'auto' })
    t.ok(new Set(found.summary.search.map(({ encoding }) => encoding)).size > 1)
    t.equal(partsOf(found), partsOfSelection(preset))
    t.strictSame(found.values, (await alone(found, { preset })).values, 'trained anew on all rows')
  }
})

t.test("lambda 'auto': paper then chooses, by what it holds out", async (t) => {
  for (const preset of direct) {
    const found = await fitted({ preset, lambda: 'auto' })
    const { lambdas, encodings } = presets[preset]
    t.strictSame(lambdasOf(found), lambdas)
    t.strictSame(new Set(found.summary.search.map(({ encoding }) => encoding)), new Set(encodings))
    t.equal(partsOf(found), partsOfSelection(preset))
    t.strictSame(found.values, (await alone(found, { preset })).values, 'trained anew on all rows')
  }
  t.equal(paperLambdas.length, 13)
  for (const preset of searching) {
    const [given, none] = [await fitted({ preset, lambda: 'auto' }), await fitted({ preset })]
    t.strictSame(given.values, none.values)
    t.strictSame(given.summary.search, none.summary.search)
  }
})

t.test("lambdas and lambdaRule: paper needs lambda 'auto'; the others only no number", async (t) => {
  const lambdas = [0.02, 0.002]
  for (const preset of direct) {
    const expected = `but lambda is ${presets[preset].lambda}, expected "auto"`
    const message = (name: string) => `[PsilonRegressor] ${name} is given, ${expected}`
    const rule = { lambdaRule: 'one-standard-error' } as const
    await refuses(t, 'ERR_OPTION', message('lambdas'), () => new PsilonRegressor({ preset, lambdas }))
    await refuses(t, 'ERR_OPTION', message('lambdaRule'), () => new PsilonRegressor({ preset, ...rule }))
    t.strictSame(lambdasOf(await fitted({ preset, lambda: 'auto', lambdas })), lambdas)
  }
  for (const preset of searching) {
    t.strictSame(lambdasOf(await fitted({ preset, lambdas })), lambdas)
    const fixed = { preset, lambda: 0.01 } as const
    const message = (name: string) => `[PsilonRegressor] ${name} is given, but lambda is 0.01, expected "auto"`
    const rule = { lambdaRule: 'one-standard-error' } as const
    await refuses(t, 'ERR_OPTION', message('lambdas'), () => new PsilonRegressor({ ...fixed, lambdas }))
    await refuses(t, 'ERR_OPTION', message('lambdaRule'), () => new PsilonRegressor({ ...fixed, ...rule }))
  }
})

t.test('lambdaRule: the largest lambda within one standard error, of the encoding and width of the best', async (t) => {
  const lambdas = [1e-4, 1e-3, 1e-2]
  for (const preset of presetNames) {
    const rule = { lambdaRule: 'one-standard-error' } as const
    const { summary } = await fitted({ preset, lambda: 'auto', lambdas, ...rule, epochs: 12, ensemble: 1 })
    const most = Math.max(...summary.search.map(({ epochs }) => epochs))
    const whole = summary.search.filter(({ epochs }) => epochs === most).sort((a, b) => a.score - b.score)
    const [best] = whole as [(typeof whole)[0]]
    const close = whole.filter(({ encoding, hidden, score }) => {
      return encoding === best.encoding && hidden === best.hidden && score <= best.score + best.standardError
    })
    t.equal(summary.lambda, Math.max(...close.map(({ lambda }) => lambda)))
    t.equal(summary.encoding, best.encoding)
  }
})

t.test('selection with a share: it chooses on that share, then trains on all rows', async (t) => {
  const selection = { validation: 0.25 }
  for (const preset of direct) {
    const message =
      '[PsilonRegressor] selection is given, but there is nothing to choose: it holds out rows for lambda: "auto" or earlyStopping.patience'
    await refuses(t, 'ERR_OPTION', message, () => new PsilonRegressor({ preset, selection }))
  }
  for (const preset of searching) {
    const fixed = { preset, encoding: 'standard', hidden: 6, lambda: 0.01, selection } as const
    await t.rejects(async () => new PsilonRegressor(fixed), { code: 'ERR_OPTION', message: /nothing to choose/ })
  }
  for (const preset of presetNames) {
    const found = await fitted({ preset, lambda: 'auto', selection, ensemble: 1 })
    t.equal(partsOf(found), 1)
    t.equal(found.summary.rows, 80)
    t.ok(found.events.some(({ stage, validationLoss }) => stage === 'search' && validationLoss !== undefined))
    t.strictSame(found.values, (await alone(found, { preset })).values)
  }
})

t.test('selection with folds: so many of each candidate, and so many times', async (t) => {
  for (const preset of direct) {
    const selection = { folds: 3 }
    await t.rejects(async () => new PsilonRegressor({ preset, selection }), { code: 'ERR_OPTION', message: /folds/ })
  }
  for (const preset of searching) {
    const fixed = { preset, encoding: 'standard', hidden: 6, lambda: 0.01, selection: { folds: 3 } } as const
    await t.rejects(async () => new PsilonRegressor(fixed), { code: 'ERR_OPTION', message: /nothing to choose/ })
  }
  for (const preset of presetNames) {
    const parts = async (folds: number, repeats?: number) =>
      partsOf(await fitted({ preset, lambda: 'auto', lambdas: [1e-3, 1e-2], selection: { folds, repeats } }))
    t.strictSame([await parts(3), await parts(2, 1), await parts(2, 3)], [3, 2, 6])
  }
})

t.test('earlyStopping: a fifth, or the share of selection, is held out and never trains', async (t) => {
  const earlyStopping = { patience: 2 }
  const folds = { earlyStopping, selection: { folds: 3 } }
  for (const preset of presetNames) {
    const found = await fitted({ preset, earlyStopping, ensemble: 2 })
    t.equal(found.summary.rows, 64)
    t.equal((await fitted({ preset, earlyStopping, selection: { validation: 0.5 } })).summary.rows, 40)
    await t.rejects(async () => new PsilonRegressor({ preset, ...folds }), { message: /needs a held-out share/ })
    const isSearch = presets[preset].lambda === 'auto'
    t.equal(found.summary.search.length > 0, isSearch)
    t.equal(partsOf(found), isSearch ? 1 : 0)
    t.equal(lastFits(found), isSearch ? 1 : 2, 'the network that won the search is the first member')
    t.equal(found.model.members.length, 2)
    t.ok(found.summary.epochs.every(({ validationLoss }) => validationLoss !== undefined))
  }
})

t.test('a validation table: it replaces folds and share, and the network that won is kept', async (t) => {
  for (const preset of direct) {
    const [given, none] = [await fitted({ preset }, { validation }), await fitted({ preset })]
    t.strictSame(given.values, none.values, 'it decides nothing')
    t.ok(given.summary.epochs.some(({ validationLoss }) => validationLoss !== undefined))
  }
  for (const preset of searching) {
    const found = await fitted({ preset, ensemble: 2 }, { validation })
    t.equal(partsOf(found), 1)
    t.strictSame([lastFits(found), found.model.members.length, found.summary.rows], [1, 2, 80])
    const single = await fitted({ preset, ensemble: 1 }, { validation })
    const score = Math.min(...found.summary.search.filter(({ epochs }) => epochs === 4).map((each) => each.score))
    t.ok(Math.abs((await single.model.evaluate(validation)).scaledRmse - score) < 1e-5 * score)
    t.strictSame(found.model.network.parameters, single.model.network.parameters)
  }
})

t.test('a validation table decides when to stop early, and all rows train', async (t) => {
  for (const preset of presetNames) {
    const options = { preset, ensemble: 1, epochs: 200, learningRate: 0.02, earlyStopping: { patience: 2 } }
    const { summary } = await fitted({ ...options, encoding: 'standard', lambda: 0 }, { validation })
    t.match(summary, { rows: 80, search: [], stopped: 'early-stopping' })
    t.equal(summary.epochs.at(-1)?.epoch, summary.epoch + 2)
    const lambdas = [1e-3, 1e-2]
    const auto = { ...options, epochs: 4, encoding: 'standard', lambda: 'auto', lambdas } as const
    const found = await fitted(auto, { validation })
    t.equal(found.summary.rows, 80)
    t.equal(partsOf(found), 1)
    t.equal(lastFits(found), 0, 'the network that won is the model')
  }
})

t.test('prune: in every fit, so that the pruned networks are compared', async (t) => {
  for (const preset of presetNames) {
    const { model, events } = await fitted({ preset, epochs: 8, hidden: 12, prune: { sparsity: 0.5 }, ensemble: 2 })
    t.ok(model.members.every((network) => network.sparsity().exact > 0.4))
    const last = events.filter(({ stage, epoch, epochs }) => stage === 'search' && epoch === epochs)
    t.equal(
      last.length > 0,
      searching.some((each) => each === preset),
    )
    t.ok(last.every(({ exactSparsity }) => exactSparsity > 0.4))
    const none = await fitted({ preset, epochs: 8, hidden: 12, prune: { sparsity: 0 }, ensemble: 2 })
    t.ok([...none.model.members].every((network) => network.sparsity().exact === 0))
    t.ok(none.events.every(({ exactSparsity }) => exactSparsity === 0))
  }
})

t.test('ensemble: the search has single networks, then so many train with what it chose', async (t) => {
  for (const preset of presetNames) {
    const [one, three] = [await fitted({ preset, ensemble: 1 }), await fitted({ preset, ensemble: 3 })]
    const scores = ({ summary: { search } }: Fitted) => search.map(({ members: _, ...tried }) => tried)
    t.strictSame(scores(three), scores(one))
    t.strictSame([lastFits(three), three.model.members.length], [3, 3])
    t.strictSame(three.model.network.parameters, one.model.network.parameters, 'the first is that of one')
  }
})

t.test('classes: the score is the log loss, in which class weights count', async (t) => {
  const classed = (rows: typeof houses) => rows.map(({ price, ...house }) => ({ ...house, dear: price > 200_000 }))
  const options = { ...short, epochs: 20, ensemble: 1, encoding: 'standard', lambdas: [1e-3, 1e-2] } as const
  const scoreOf = async (classWeight?: Record<string, number>) => {
    const model = new PsilonClassifier({ ...options, classWeight })
    const fit = { target: 'dear', validation: classed(validation) }
    const { search } = await model.fit(classed(houses), fit)
    return { least: Math.min(...search.map(({ score }) => score)), ...(await model.evaluate(fit.validation)) }
  }
  const plain = await scoreOf()
  t.ok(Math.abs(plain.least - plain.logLoss) < 1e-5)
  const weighted = await scoreOf({ true: 10 })
  t.ok(Math.abs(weighted.least - weighted.logLoss) > 1e-3)
})
