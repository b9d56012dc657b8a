import { join } from 'node:path'
import { type Diverged, type FitEvent, load, PsilonRegressor, type RegressorOptions } from 'psilon'
import t from 'tap'
import { memberSeed } from '#psilon/estimators/members.js'
import { quick, someHouses } from '../support/houses.js'
import { refusal } from '../support/refusal.js'

const houses = someHouses(100)
const others = someHouses(20, 2)
const target = 'price'
const auto = { ...quick, epochs: 30, lambda: 'auto', regWeight: 1 } as const
/** Strengths whose penalty overflows in the first step. */
const [broken, worse] = [1e308, 1.5e308]

async function fitted(options: RegressorOptions, more = {}) {
  const model = new PsilonRegressor({ ...auto, ...options })
  const run = model.fit(houses, { target, ...more })
  const events: FitEvent[] = []
  for await (const event of run) events.push(event)
  return { model, summary: await run, events, values: (await model.predict(others)).values }
}

t.test('a setting that diverges is out, and the others are what they are without it', async (t) => {
  const lambdas = [1e-2, 1e-3, 1e-4]
  const without = await fitted({ lambdas })
  t.strictSame(without.summary.diverged, [])
  for (const threads of [1, 2, 5]) {
    const found = await fitted({ lambdas: [1e-2, broken, 1e-3, worse, 1e-4], threads })
    const setting = { encoding: 'standard', hidden: 24, sparsity: null, stage: 'search', epochs: 30, epoch: 1 } as const
    const expected: Diverged[] = [broken, worse].map((lambda) => ({ ...setting, lambda }))
    t.strictSame(found.summary.diverged, expected)
    t.strictSame(found.summary.search, without.summary.search)
    t.strictSame(found.values, without.values)
    t.equal(found.events.at(-1)?.progress, 1)
  }
})

t.test('one that diverges in a fold, or with the validation table, is out too', async (t) => {
  // the penalty alone overflows: in each fold, and beside a validation table, of which the network that won is kept
  for (const more of [{}, { validation: others }]) {
    const selection = 'validation' in more ? undefined : ({ folds: 3 } as const)
    const { summary, model } = await fitted({ lambdas: [broken, 1, 1e-2], selection, ensemble: 2 }, more)
    t.match(summary.diverged, [{ lambda: broken, stage: 'search' }])
    t.strictSame(
      summary.search.map(({ lambda }) => lambda),
      [1, 1e-2],
    )
    t.equal(model.members.length, 2)
  }
})

t.test('where all settings diverge the fit is refused, and the estimator stays as it was', async (t) => {
  const { model, values } = await fitted({ lambdas: [broken, 1e-3] })
  const { lambda } = model
  for (const threads of [1, 3]) {
    const fresh = new PsilonRegressor({ ...auto, lambdas: [broken, worse], selection: { folds: 3 }, threads })
    const error = await refusal(fresh.fit(houses, { target }))
    const expected = {
      code: 'ERR_NON_FINITE',
      message:
        '[fit] all 2 settings diverged; the first, with encoding standard, 24 units and lambda 1e+308, in epoch 1: a loss, ' +
        'an update or an output was no longer finite; try a smaller learningRate or lambda',
      details: { lambda: broken, epoch: 1 },
    }
    t.match(error, expected)
    t.match(error.stack, 'divergence.test')
    t.throws(() => fresh.members, { code: 'ERR_NOT_FITTED' })
  }
  await t.rejects(model.fit(houses, { target, sampleWeight: houses.map(() => Number.NaN) }), { code: 'ERR_DATA' })
  t.equal(model.lambda, lambda)
  t.strictSame((await model.predict(others)).values, values)
})

t.test('presets: what is left is searched, pruned and averaged', async (t) => {
  for (const preset of ['fast', 'balanced', 'best'] as const) {
    const options = { preset, hidden: 8, depth: 1, lambda: undefined, epochs: 5, ensemble: 2 } as const
    const lambdas = [broken, 1e-3]
    const [with1, with2] = [await fitted({ ...options, lambdas }), await fitted({ ...options, lambdas, threads: 2 })]
    t.ok(with1.summary.diverged.length > 1, preset)
    t.ok(with1.summary.diverged.every(({ lambda, stage }) => lambda === broken && stage === 'search'))
    t.ok(with1.summary.search.every(({ lambda }) => lambda === 1e-3))
    t.strictSame(with2.summary.diverged, with1.summary.diverged)
    t.strictSame(with2.values, with1.values)
    t.equal(with1.events.at(-1)?.progress, 1)
  }
})

t.test('finalists that diverge are replaced by the next ones, until none is left', async (t) => {
  // the cycle begins with a low learning rate, and a fifth of the epochs is a single step
  const options = { preset: 'balanced', hidden: 8, depth: 1, epochs: 5, batchSize: 100, learningRate: 1e38 } as const
  for (const selection of [{ folds: 2 }, { validation: 0.3 }]) {
    const model = new PsilonRegressor({ ...options, selection, lambdas: [1e-4, 1e-3, 1e-2] })
    const run = model.fit(houses, { target })
    const error = await refusal(run)
    t.match(error, { code: 'ERR_NON_FINITE', message: /^\[fit\] all 12 settings diverged; / })
    const tried = new Set<string>()
    try {
      for await (const { encoding, lambda, epochs } of run) if (epochs === 1) tried.add(`${encoding} ${lambda}`)
    } catch {
      t.equal(tried.size, 12, 'which were tried with fewer epochs before')
    }
  }
})

/** At such learning rates some networks diverge, depending on their seeds. */
const steep = [1e4, 1.5e4, 2e4, 3e4, 5e4]
const members = 8

/** Which of the networks diverge alone. */
async function divergesAlone(learningRate: number): Promise<boolean[]> {
  const ends: boolean[] = []
  for (let k = 0; k < members; k++) {
    const model = new PsilonRegressor({ ...quick, epochs: 10, learningRate, seed: memberSeed(quick.seed, k) })
    const error = await model.fit(houses, { target }).then(
      () => null,
      (error: unknown) => error as { code?: string },
    )
    if (error !== null && error.code !== 'ERR_NON_FINITE') throw error
    ends.push(error !== null)
  }
  return ends
}

t.test('a network that diverges is left out of the ensemble, and the summary says so', async (t) => {
  let seen = 0
  for (const learningRate of steep) {
    const alone = await divergesAlone(learningRate)
    const lost = alone.filter((diverges) => diverges).length
    if (lost === 0 || lost === members) continue
    seen++
    const options = { ...quick, epochs: 10, learningRate, ensemble: members }
    for (const threads of [1, 3]) {
      const model = new PsilonRegressor({ ...options, threads })
      const run = model.fit(houses, { target })
      let progress = 0
      for await (const event of run) progress = event.progress
      const summary = await run
      t.equal(progress <= 1, true)
      t.equal(summary.stopped, 'completed')
      t.equal(summary.diverged.length, lost)
      t.match(summary.diverged[0], { stage: 'fit', lambda: quick.lambda, hidden: quick.hidden, epochs: 10 })
      t.equal(summary.members.length, members - lost)
      t.equal(model.members.length, members - lost)
      const left = alone.flatMap((diverges, k) => (diverges ? [] : [k]))
      const seeds = left.map((k) => memberSeed(quick.seed, k))
      t.strictSame(
        model.members.map(({ seed }) => seed),
        seeds,
      )
      const path = join(t.testdir(), 'some.safetensors')
      await model.save(path)
      const loaded = (await load(path)) as PsilonRegressor
      t.strictSame(await loaded.predict(others), await model.predict(others))
    }
    // where the search gives the first network, it is there even if all others diverge
    const search = { lambda: 'auto', lambdas: [1e-4, 1e-3] } as const
    const judged = new PsilonRegressor({ ...options, ...search, ensemble: 4 })
    const run = judged.fit(houses, { target, validation: others })
    const summary = await run.catch((error: unknown) => {
      t.match(error, { code: 'ERR_NON_FINITE' })
      return null
    })
    if (summary === null) continue
    const left = summary.diverged.filter(({ stage }) => stage === 'fit').length
    t.equal(judged.members.length, 4 - left)
    t.strictSame(
      summary.search.map(({ members }) => members).reduce((a, b) => a + b, 0),
      4 - left,
    )
  }
  t.ok(seen > 0, 'both happen at a learning rate')
})

t.test('where all networks diverge the fit is refused', async (t) => {
  const model = new PsilonRegressor({ ...quick, epochs: 10, learningRate: 1e38, ensemble: 3 })
  const error = await refusal(model.fit(houses, { target }))
  t.match(error, { code: 'ERR_NON_FINITE', message: /^\[fit\] all 3 networks diverged; / })
  t.equal(model.members.length, 3, 'with the parameters of the last finite epoch')
})
