import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { refuses } from '../support/refusal.js'

const houses = someHouses(100)
const target = 'price'
const cheap = houses.map(({ price, ...house }) => ({ ...house, cheap: price < 150_000 }))

const optionRefusals: [options: object, message: string][] = [
  [{ hiden: 5 }, 'unknown option "hiden"; did you mean "hidden"?'],
  [{ Lambda: 1 }, 'unknown option "Lambda"; did you mean "lambda"?'],
  [{ signal: 1 }, 'unknown option "signal"'],
  [{ hidden: 0 }, 'hidden must be an integer from 1 to 1000000, got 0'],
  [{ kind: 'resnt' }, 'kind must be one of "mlp", "resnet", got "resnt"; did you mean "resnet"?'],
  [{ kind: 'resnet', hidden: [5, 4] }, 'hidden must be one width for all layers, got an array of 2'],
  [{ epochs: 1.5 }, 'epochs must be an integer from 1 to 2147483647, got 1.5'],
  [{ prune: { sparsity: 2 } }, 'prune.sparsity must be a number at least 0 and below 1, got 2'],
  [{ device: 'gpu' }, 'device must be one of "auto", "cpu", "cuda", got "gpu"; did you mean "cpu"?'],
  [{ seed: -1 }, 'seed must be an integer from 0 to 9007199254740991, got -1'],
  [{ ignore: 'id' }, 'ignore must be an array of texts, got "id"'],
  [{ categorical: [1] }, 'categorical must be an array of texts, got an array of 1'],
  [
    { encoding: 'asin' },
    'encoding must be one of "standard", "asinh", "robust", "rank-normal", "piecewise-linear", "auto", got "asin"; did you mean "asinh"?',
  ],
  [{ scaling: 'asinh' }, 'scaling has become encoding: give encoding: "asinh"'],
  [{ scaling: 3 }, 'scaling has become encoding: give encoding'],
  [{ lambda: -1 }, 'lambda must be a number at least 0, got -1'],
  [{ lambda: 'aut' }, 'lambda must be one of "auto", got "aut"; did you mean "auto"?'],
  [{ lambdas: [1] }, 'lambdas is given, but lambda is 0.001, expected "auto"'],
  [{ lambda: 'auto', lambdas: [] }, 'lambdas must be an array of numbers that is not empty, got an array of 0'],
  [{ lambda: 'auto', lambdas: 0.1 }, 'lambdas must be an array of numbers that is not empty, got 0.1'],
  [{ lambda: 'auto', lambdas: [1, -1] }, 'lambdas[1] must be a number at least 0, got -1'],
  [{ lambda: 'auto', lambdas: [1, 2, 1] }, 'lambdas has 1 twice'],
  [{ lambda: 'auto', selection: 0.2 }, 'selection must be an object, as in selection: { validation: 0.2 }, got 0.2'],
  [{ lambda: 'auto', selection: {} }, 'selection takes either validation or folds, got neither'],
  [{ lambda: 'auto', selection: { fold: 3 } }, 'unknown option "fold"; did you mean "folds"?'],
  [
    { lambda: 'auto', selection: { folds: 3, validation: 0.1 } },
    'selection takes either validation or folds, got both',
  ],
  [{ lambda: 'auto', selection: { folds: 1 } }, 'selection.folds must be an integer from 2 to 2147483647, got 1'],
  [
    { lambda: 'auto', selection: { validation: 1 } },
    'selection.validation must be a number above 0 and below 1, got 1',
  ],
  [
    { selection: { folds: 5 } },
    'selection.folds is given, but there is nothing to choose: it holds out rows for lambda: "auto" or earlyStopping.patience',
  ],
  [
    { selection: { validation: 0.5 } },
    'selection is given, but there is nothing to choose: it holds out rows for lambda: "auto" or earlyStopping.patience',
  ],
  [{ preset: 'papr' }, 'preset must be one of "fast", "balanced", "best", "paper", got "papr"; did you mean "paper"?'],
  [
    { lambda: 'auto', selection: { folds: 3, repeats: 0 } },
    'selection.repeats must be an integer from 1 to 100, got 0',
  ],
  [
    { lambda: 'auto', selection: { validation: 0.2, repeats: 2 } },
    'selection.repeats needs selection.folds, which is not given',
  ],
  [
    { earlyStopping: { patience: 3 }, selection: { folds: 5 } },
    'earlyStopping.patience needs a held-out share of the rows, which selection.folds does not give',
  ],
  [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience must be an integer from 1 to 2147483647, got 0'],
]

t.test('options are checked when the estimator is made', async (t) => {
  for (const [options, message] of optionRefusals) {
    for (const Model of [PsilonRegressor, PsilonClassifier]) {
      await refuses(t, 'ERR_OPTION', `[${Model.name}] ${message}`, () => new Model({ preset: 'paper', ...options }))
    }
  }
  const plain = { preset: 'paper', normalization: 'none', prune: { sparsity: 0.5 } } as const
  t.throws(() => new PsilonRegressor(plain), { code: 'ERR_UNSUPPORTED', message: /^\[PsilonRegressor\] / })
  t.throws(() => new PsilonRegressor(5 as never), { code: 'ERR_OPTION', message: /options must be an object, got 5/ })
})

t.test('options that cannot be copied are refused', async (t) => {
  const message = '[PsilonRegressor] options must be plain values, got one that cannot be copied'
  for (const options of [{ prune: new Proxy({ sparsity: 0.5 }, {}) }, { ignore: [() => 0] as unknown as string[] }]) {
    await refuses(t, 'ERR_OPTION', message, () => new PsilonRegressor(options))
  }
})

t.test('classWeight is for classes', async (t) => {
  const message = '[PsilonRegressor] classWeight is an option of PsilonClassifier'
  await refuses(t, 'ERR_OPTION', message, () => new PsilonRegressor({ classWeight: 'balanced' } as never))
  const rows = houses.map(({ price, ...house }) => ({ ...house, cheap: price < 150_000 }))
  const model = new PsilonClassifier({ ...quick, classWeight: { true: 0, false: 0 } })
  const zero = '[fit] classWeight gives every row the weight 0, expected one above 0'
  await refuses(t, 'ERR_OPTION', zero, () => model.fit(rows, { target: 'cheap' }))
})

t.test('what only looks like a table that was read is read', async (t) => {
  const lookalike = { names: ['a'], columns: [[1]], rows: 1, where: () => '' }
  const message = '[fit] column "rows" is 1, expected an array'
  await refuses(t, 'ERR_DATA', message, () => new PsilonRegressor(quick).fit(lookalike as never, { target: 'a' }))
})

t.test('options are kept as they were given', async (t) => {
  const prune = { sparsity: 0.5 }
  const model = new PsilonRegressor({ ...quick, hidden: 7, prune })
  prune.sparsity = 0.9
  t.strictSame(model.options, { ...quick, hidden: 7, prune: { sparsity: 0.5 } })
  await model.fit(houses, { target }).catch(() => {})
  t.ok(model.sparsity().exact < 0.8)
})

const fitRefusals: [name: string, table: unknown, options: unknown, code: string, message: string][] = [
  ['no options', houses, undefined, 'ERR_OPTION', 'target must be a text that is not empty, got undefined'],
  ['an unknown option', houses, { target, seed: 1 }, 'ERR_OPTION', 'unknown option "seed"'],
  [
    'a misspelt target',
    houses,
    { target: 'prcie' },
    'ERR_OPTION',
    'target "prcie" is not a column of the table; did you mean "price"?',
  ],
  [
    'misspelt weights',
    houses,
    { target, sampleWeight: 'aera' },
    'ERR_OPTION',
    'sampleWeight "aera" is not a column of the table; did you mean "area"?',
  ],
  ['an empty table', [], { target }, 'ERR_DATA', ''],
  [
    'no table',
    undefined,
    { target },
    'ERR_DATA',
    'the table is undefined, expected the path of a CSV or Parquet file, rows, columns or a table of another library',
  ],
  ['no such file', 'none.csv', { target }, 'ERR_FILE', 'cannot read none.csv: no such file'],
  ['only the target', { price: [1, 2, 3] }, { target }, 'ERR_DATA', 'the table has no column to learn from'],
  [
    'only constant columns',
    { price: [1, 2, 3], a: [1, 1, 1] },
    { target },
    'ERR_DATA',
    'the table has no column to learn from: "a" is constant',
  ],
  [
    'a constant target',
    houses.map((house) => ({ ...house, price: 7 })),
    { target },
    'ERR_DATA',
    'the target "price" is constant (7), nothing to learn',
  ],
  [
    'a missing target',
    { a: [1, 2, 3], price: [1, null, 3] },
    { target },
    'ERR_DATA',
    'row index 1, column "price": the target is missing, expected a number',
  ],
  [
    'a text as target',
    { a: [1, 2, 3], price: [1, 2, 'dear'] },
    { target },
    'ERR_DATA',
    'row index 2, column "price": got "dear", expected a number',
  ],
  [
    'text among numbers',
    { a: [1, 2, 3, 4, 5, 'x'], price: [1, 2, 3, 4, 5, 6] },
    { target },
    'ERR_DATA',
    'column "a" has 1 of 6 cells that are not numbers: "x" (row index 5); if they mean a missing value, read the table ' +
      'with missing: ["NA","N/A","NaN","null","?","x"]; if it holds categories, say categorical: ["a"]; or leave it ' +
      'out with ignore: ["a"]',
  ],
  [
    'too few weights',
    houses,
    { target, sampleWeight: [1, 2] },
    'ERR_SHAPE',
    'sampleWeight has 2 rows, the table has 100',
  ],
  ['a negative weight', { a: [1, 2], price: [1, 2] }, { target, sampleWeight: [1, -2] }, 'ERR_DATA', ''],
  [
    'a negative weight in a column',
    { a: [1, 2], w: [1, -2], price: [1, 2] },
    { target, sampleWeight: 'w' },
    'ERR_DATA',
    'row index 1, column "w": got -2, expected a weight of at least 0',
  ],
  [
    'a missing weight',
    { a: [1, 2], w: [null, 1], price: [1, 2] },
    { target, sampleWeight: 'w' },
    'ERR_DATA',
    'row index 0, column "w": the weight is missing, expected a weight of at least 0',
  ],
  [
    'weights that are none',
    houses,
    { target, sampleWeight: true },
    'ERR_OPTION',
    'sampleWeight is true, expected the name of a column or an array with one weight a row',
  ],
  [
    'the target as weights',
    houses,
    { target, sampleWeight: target },
    'ERR_OPTION',
    'the column "price" is both target and sampleWeight',
  ],
  [
    'a validation table that lacks a column',
    houses,
    { target, validation: [{ area: 1, age: 2, garden: 'yes', price: 4 }] },
    'ERR_DATA',
    'validation: the table lacks the column "town"',
  ],
  [
    'a validation table without target',
    houses,
    { target, validation: cheap },
    'ERR_OPTION',
    'validation: target "price" is not a column of the table, which has area, age, town, garden, cheap',
  ],
  ['a signal that is none', houses, { target, signal: 3 }, 'ERR_OPTION', 'signal must be an AbortSignal, got 3'],
]

for (const [name, table, options, code, message] of fitRefusals) {
  t.test(`refused: ${name}`, async (t) => {
    const model = new PsilonRegressor(quick)
    const run = model.fit(table as never, options as never)
    if (message === '') await t.rejects(run, { code, message: /^\[fit\] / })
    else await refuses(t, code, `[fit] ${message}`, () => run)
    await t.rejects(model.predict(houses), { code: 'ERR_NOT_FITTED' })
  })
}

t.test('columns named by an option must be there', async (t) => {
  for (const option of ['ignore', 'categorical']) {
    const model = new PsilonRegressor({ ...quick, [option]: ['ara'] })
    const message = `[fit] ${option} "ara" is not a column of the table; did you mean "area"?`
    await refuses(t, 'ERR_OPTION', message, () => model.fit(houses, { target }))
  }
})
