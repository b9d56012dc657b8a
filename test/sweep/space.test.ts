import { type SweepGrid, type SweepOptions, type SweepRandom, sweep } from 'psilon'
import t from 'tap'
import { Faults } from '#psilon/sweep/faults.js'
import { optionsOf, readGrid, readRandom } from '#psilon/sweep/space.js'
import { refusal } from '../support/refusal.js'
import { values } from './tables.js'

const grid = (given: SweepGrid | SweepGrid[]) => readGrid(given, new Faults())()
const drawn = (given: SweepRandom) => readRandom(given, new Faults())()

t.test('a grid gives all combinations, the last option fastest', async (t) => {
  t.strictSame(grid({ lambda: [0.1, 0.01], hidden: [8, [4, 2]] }), [
    { lambda: 0.1, hidden: 8 },
    { lambda: 0.1, hidden: [4, 2] },
    { lambda: 0.01, hidden: 8 },
    { lambda: 0.01, hidden: [4, 2] },
  ])
})

t.test('several grids give the settings of each, equal ones once', async (t) => {
  const settings = grid([
    { kind: ['mlp'], hidden: [8, [4, 2]] },
    { kind: ['resnet', 'mlp'], hidden: [8] },
  ])
  t.strictSame(settings, [
    { kind: 'mlp', hidden: 8 },
    { kind: 'mlp', hidden: [4, 2] },
    { kind: 'resnet', hidden: 8 },
  ])
})

t.test('paths reach into options, beside what the base has there', async (t) => {
  const base = { epochs: 3, prune: { sparsity: 0.5, to: 0.9 } }
  t.strictSame(optionsOf(base, { 'prune.sparsity': 0.7, lambda: 1 }), {
    epochs: 3,
    prune: { sparsity: 0.7, to: 0.9 },
    lambda: 1,
  })
  t.strictSame(optionsOf({}, { 'prune.sparsity': 0.7, 'prune.to': 0.8 }), { prune: { sparsity: 0.7, to: 0.8 } })
  t.strictSame(base, { epochs: 3, prune: { sparsity: 0.5, to: 0.9 } })
})

const wide: SweepRandom = {
  settings: 400,
  lambda: { from: 1e-4, to: 1, log: true },
  learningRate: { from: 0.25, to: 0.75 },
  hidden: { from: 3, to: 6 },
  batchSize: { from: 1, to: 1000, log: true },
  encoding: ['standard', 'asinh'],
}

t.test('random values are within their ranges, and spread as they say', async (t) => {
  const settings = drawn(wide)
  t.equal(settings.length, 400)
  const column = (name: string) => settings.map((setting) => setting[name] as number)
  const share = (name: string, is: (value: number) => boolean) => column(name).filter(is).length / 400
  t.ok(column('lambda').every((value) => value >= 1e-4 && value <= 1))
  // each power of ten a quarter, within five standard deviations of 400 draws
  for (const from of [1e-4, 1e-3, 1e-2, 1e-1]) {
    t.ok(Math.abs(share('lambda', (value) => value >= from && value < 10 * from) - 0.25) < 0.11, `lambda from ${from}`)
  }
  t.ok(column('learningRate').every((value) => value >= 0.25 && value <= 0.75))
  t.ok(Math.abs(share('learningRate', (value) => value < 0.5) - 0.5) < 0.13)
  for (const width of [3, 4, 5, 6]) t.ok(Math.abs(share('hidden', (value) => value === width) - 0.25) < 0.11)
  t.ok(column('batchSize').every((value) => Number.isInteger(value) && value >= 1 && value <= 1000))
  t.ok(Math.abs(share('batchSize', (value) => value < 32) - 0.5) < 0.13)
  t.ok(settings.every(({ encoding }) => encoding === 'standard' || encoding === 'asinh'))
})

t.test(
  'a draw is the same again; more settings begin with those of fewer; other options change no values',
  async (t) => {
    const settings = drawn(wide)
    t.strictSame(drawn(wide), settings)
    t.strictSame(drawn({ ...wide, settings: 7 }), settings.slice(0, 7))
    const { lambda } = wide
    t.strictSame(
      drawn({ settings: 400, lambda }).map((setting) => setting.lambda),
      settings.map((setting) => setting.lambda),
    )
    t.not(drawn({ ...wide, seed: 1 })[0]?.lambda, settings[0]?.lambda)
    // what a draw gives must never change, because results are kept under it
    t.strictSame(drawn({ settings: 2, lambda }), [{ lambda: 0.00500276 }, { lambda: 0.0820116 }])
  },
)

t.test('equal draws count once, and too few combinations are refused', async (t) => {
  const settings = drawn({ settings: 4, hidden: [1, 2], ensemble: { from: 1, to: 2 } })
  t.equal(new Set(settings.map((setting) => JSON.stringify(setting))).size, 4)
  t.throws(() => drawn({ settings: 5, hidden: [1, 2], ensemble: { from: 1, to: 2 } }), {
    code: 'ERR_OPTION',
    message: 'random.settings is 5, but the values have only 4 combinations; give grid',
  })
})

const data = values()
const spec = { data, target: 'y' }
const refused: [options: object, message: string][] = [
  [{ ...spec }, '[sweep] a sweep takes either grid or random, got neither'],
  [{ ...spec, grid: { lambda: [1] }, random: {} }, '[sweep] a sweep takes either grid or random, got both'],
  [{ ...spec, grid: { lambda: [1] }, folds: 3, test: 0.5 }, '[sweep] a sweep takes either folds or test, got both'],
  [{ ...spec, grid: { lamda: [1] } }, '[sweep] grid: unknown option "lamda"; did you mean "lambda"?'],
  [
    { ...spec, grid: { 'prune.sparsty': [0.1] } },
    '[sweep] grid: unknown option "prune.sparsty"; did you mean "prune.sparsity"?',
  ],
  [{ ...spec, grid: { lambda: 1 } }, '[sweep] grid.lambda must be a list of values that is not empty, got 1'],
  [
    { ...spec, grid: { lambda: [] } },
    '[sweep] grid.lambda must be a list of values that is not empty, got an array of 0',
  ],
  [{ ...spec, grid: {} }, '[sweep] grid must be an object of swept options that is not empty, got an object (Object)'],
  [{ ...spec, grid: [] }, '[sweep] grid must be at least one grid, got an array of 0'],
  [{ ...spec, grid: 'lambda' }, '[sweep] grid must be an object, got "lambda"'],
  [
    { ...spec, grid: { lambda: [1, 2, 1] } },
    '[sweep] grid.lambda[2] must be another value than those before it, got 1',
  ],
  [{ ...spec, grid: { lambda: [1, -1] } }, '[sweep] grid.lambda[1] must be a number at least 0, got -1'],
  [
    { ...spec, grid: [{ lambda: [1] }, { lambda: [-1] }] },
    '[sweep] grid[1].lambda[0] must be a number at least 0, got -1',
  ],
  [
    { ...spec, grid: { prune: [{ sparsity: 0.5 }, { sparsity: 2 }] } },
    '[sweep] grid.prune[1]: prune.sparsity must be a number at least 0 and below 1, got 2',
  ],
  [
    { ...spec, grid: { prune: [{ sparsity: 0.5 }], 'prune.to': [0.9] } },
    '[sweep] grid: prune and prune.to are both given, expected one of them',
  ],
  [{ ...spec, grid: { seed: [1] } }, '[sweep] grid: seed is not an option of a trial; give seeds to the whole sweep'],
  [
    { ...spec, grid: { threads: [1] } },
    '[sweep] grid: threads is not an option of a trial; give threads to the whole sweep',
  ],
  [
    { ...spec, base: { seed: 1 }, grid: { lambda: [1] } },
    '[sweep] base: seed is not an option of a trial; give seeds to the whole sweep',
  ],
  [
    { ...spec, base: { epochs: 0 }, grid: { lambda: [1] } },
    '[sweep] base.epochs must be an integer from 1 to 2147483647, got 0',
  ],
  [{ ...spec, base: 3, grid: { lambda: [1] } }, '[sweep] base must be an object, got 3'],
  [{ ...spec, grid: { lambda: [1] }, lamda: 1 }, '[sweep] unknown option "lamda"'],
  [
    { ...spec, grid: { lambda: [1] }, seeds: [1, 1] },
    '[sweep] seeds[1] must be another seed than those before it, got 1',
  ],
  [{ ...spec, grid: { lambda: [1] }, seeds: 0 }, '[sweep] seeds must be an integer from 1 to 1000, got 0'],
  [{ ...spec, grid: { lambda: [1] }, folds: 61 }, '[sweep] folds must be at most 60, the rows that can judge, got 61'],
  [
    { ...spec, grid: { lambda: [1] }, metric: 'auc' },
    '[sweep] metric must be one of rmse, mae, r2, scaledRmse for regression, got "auc"',
  ],
  [{ data, grid: { lambda: [1] } }, '[sweep] target must be a text that is not empty, got undefined'],
  [{ data, target: 'z', grid: { lambda: [1] } }, '[sweep] target "z" is not a column of the table; did you mean "a"?'],
  [{ ...spec, grid: { ignore: [['c']] } }, '[sweep] ignore "c" is not a column of the table; did you mean "a"?'],
  [
    { ...spec, random: { settings: 3, lambda: { from: 0, to: 1, log: true } } },
    '[sweep] random.lambda.from must be a number above 0, as its logarithm is drawn, got 0',
  ],
  [
    { ...spec, random: { settings: 3, lambda: { from: 2, to: 1 } } },
    '[sweep] random.lambda.to must be a number above 2, got 1',
  ],
  [
    { ...spec, random: { settings: 3, lambda: { from: -1, to: 1 } } },
    '[sweep] random.lambda.from must be a number at least 0, got -1',
  ],
  [
    { ...spec, random: { settings: 3, hidden: { from: 1.5, to: 4 } } },
    '[sweep] random.hidden.from must be an integer, got 1.5',
  ],
  [{ ...spec, random: { settings: 3, hidden: { min: 1, max: 4 } } }, '[sweep] random.hidden: unknown option "min"'],
  [
    { ...spec, random: { settings: 3, kind: { from: 1, to: 4 } } },
    '[sweep] random.kind must be a list of values, as kind is not a number, got an object (Object)',
  ],
  [{ ...spec, random: { lambda: [1] } }, '[sweep] random.settings must be an integer from 1 to 100000, got undefined'],
  [{ ...spec, grid: { hidden: [4, 0] } }, '[sweep] with hidden 0: hidden must be an integer from 1 to 1000000, got 0'],
  [
    { ...spec, base: { depth: 2 }, grid: { hidden: [4, [3]] } },
    '[sweep] with hidden [3]: depth is 2, hidden has 1 widths',
  ],
  [
    { ...spec, grid: { classWeight: ['balanced'] } },
    '[sweep] with classWeight balanced: classWeight is an option of PsilonClassifier',
  ],
]

t.test('what is wrong is refused before anything runs', async (t) => {
  for (const [options, message] of refused) {
    await t.rejects(sweep(options as SweepOptions), { code: 'ERR_OPTION', message }, message)
  }
})

t.test('all faults are said at once', async (t) => {
  const options = {
    ...{ data, folds: 1, metric: 'rsme' },
    base: { epochs: 0, sed: 1 },
    grid: { lambda: [-1, 'auto', 2], hiden: [3], encoding: ['standrd'] },
  } as never
  const faults = [
    'target must be a text that is not empty, got undefined',
    'folds must be an integer from 2 to 2147483647, got 1',
    'metric must be one of "rmse", "mae", "r2", "scaledRmse", "logLoss", "accuracy", "auc", got "rsme"; did you mean "rmse"?',
    'base.epochs must be an integer from 1 to 2147483647, got 0',
    'base: unknown option "sed"',
    'grid: unknown option "hiden"; did you mean "hidden"?',
    'grid.lambda[0] must be a number at least 0, got -1',
    'grid.encoding[0] must be one of',
  ]
  const error = await refusal(sweep(options))
  t.equal(error.code, 'ERR_OPTION')
  t.match(error.message, /^\[sweep\] 8 faults: \(1\) target must be .*; \(8\) /)
  const found = error.details.faults as string[]
  t.equal(found.length, faults.length)
  for (const [k, fault] of faults.entries()) t.equal(found[k]?.slice(0, fault.length), fault)
  const many = { data, target: 'y', grid: { lambda: Array.from({ length: 30 }, (_, k) => -1 - k) } }
  await t.rejects(sweep(many), { message: /^\[sweep\] 30 faults: .*; and 20 more$/ })
})

t.test('what is wrong with a table is said at once, too, for all settings', async (t) => {
  const odd = data.map((row, i) => ({
    ...row,
    a: i === 3 ? Number.POSITIVE_INFINITY : row.a,
    y: i === 5 ? null : row.y,
  }))
  await t.rejects(sweep({ data: odd, target: 'y', grid: { lambda: [1, 2] } }), {
    code: 'ERR_DATA',
    message: /^\[sweep\] 2 columns cannot be used: .*row index 5, column "y": .*row index 3, column "a": /,
  })
  const weighted = {
    data: data.map(({ a, y }) => ({ a, y: y > 0 })),
    target: 'y',
    grid: { classWeight: [{ truee: 2 }] },
  }
  await t.rejects(sweep(weighted as never), {
    message: '[sweep] classWeight names "truee", which is not a class; did you mean "true"?',
  })
})
