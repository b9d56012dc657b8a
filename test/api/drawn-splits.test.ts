import { PsilonClassifier, PsilonRegressor } from 'psilon'
import t from 'tap'
import { native } from '#psilon/core/native.js'
import { folds, split } from '#psilon/data/split.js'
import { refuses } from '../support/refusal.js'

const options = { preset: 'paper', hidden: 4, depth: 1, epochs: 4 } as const
const deciding = {
  'early stopping': { earlyStopping: { patience: 5 } },
  'a held-out share': { lambda: 'auto', lambdas: [1e-3, 1e-2] },
  folds: { lambda: 'auto', lambdas: [1e-3, 1e-2], selection: { folds: 5 } },
} as const

const tables: Record<string, { rows: object[]; sampleWeight?: string; classes?: true; ignore?: string[] }> = {
  'most rows weigh nothing': {
    rows: Array.from({ length: 200 }, (_, i) => ({ x: Math.sin(i), y: Math.sin(i), w: i < 3 ? 1 : 0 })),
    sampleWeight: 'w',
  },
  'the only column is constant in a part': {
    rows: Array.from({ length: 20 }, (_, i) => ({ x: i === 3 ? 1 : 0, y: i })),
  },
  'the only category is constant in a part': {
    rows: Array.from({ length: 20 }, (_, i) => ({ x: i === 3 ? 'a' : 'b', y: i })),
  },
  'missing cells are in one part': { rows: Array.from({ length: 20 }, (_, i) => ({ x: i === 3 ? null : i, y: i })) },
  'the target is constant in a part': { rows: Array.from({ length: 20 }, (_, i) => ({ x: i, y: i === 3 ? 1 : 0 })) },
  'a class has one row': {
    rows: Array.from({ length: 30 }, (_, i) => ({ x: i, y: i === 3 ? 'rare' : i % 2 === 0 ? 'p' : 'q' })),
    classes: true,
  },
  'each class has one row or two': {
    rows: Array.from({ length: 8 }, (_, i) => ({ x: i, y: `class ${i % 5}` })),
    classes: true,
  },
  'one of two classes has one row': {
    rows: Array.from({ length: 20 }, (_, i) => ({ x: i, y: i === 19 })),
    classes: true,
  },
  'levels that few rows have': {
    rows: Array.from({ length: 120 }, (_, i) => ({ x: `level ${i % 60}`, y: i })),
  },
}

for (const [name, { rows, sampleWeight, classes }] of Object.entries(tables)) {
  t.test(`what psilon draws can be trained on and scored where ${name}`, async (t) => {
    for (const [how, more] of Object.entries(deciding)) {
      for (const seed of [0, 1, 2]) {
        const Model = classes ? PsilonClassifier : PsilonRegressor
        const model = new Model({ ...options, ...more, seed })
        const { stopped, search } = await model.fit(rows, { target: 'y', sampleWeight })
        t.not(stopped, 'cancelled', how)
        for (const { score, standardError } of search)
          t.ok(Number.isFinite(score) && Number.isFinite(standardError), how)
        t.ok(Number.isFinite(await model.score(rows)))
      }
    }
  })
}

const context = { seed: 5, permutation: native.permutation }

t.test('rows that weigh nothing are never held out', (t) => {
  const weights = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? 1 : 0))
  const weighted = { ...context, weights }
  const { train, validation } = split(30, { validation: 0.2 }, weighted)
  t.equal(validation.length, 2)
  t.equal(train.length, 28)
  t.ok(validation.every((row) => weights[row] === 1))
  const parts = folds(30, 12, weighted)
  t.equal(parts.length, 10)
  for (const { train, validation } of parts) {
    t.ok(validation.length === 1 && weights[validation[0] as number] === 1)
    t.equal(train.length, 29)
  }
  t.end()
})

t.test('every class trains', (t) => {
  const classes = [0, 0, 0, 0, 0, 0, 1, 2, 3, 3]
  for (let seed = 0; seed < 50; seed++) {
    const { train, validation, test } = split(10, { validation: 3, test: 3 }, { ...context, seed, classes })
    t.strictSame([...new Set(Array.from(train, (row) => classes[row]))].sort(), [0, 1, 2, 3])
    t.strictSame([...train, ...validation, ...test].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
  t.end()
})

t.test('one row that weighs something cannot be divided', async (t) => {
  const rows = Array.from({ length: 10 }, (_, i) => ({ x: i, y: i, w: i === 0 ? 1 : 0 }))
  const fit = (more: object) => () =>
    new PsilonRegressor({ ...options, ...more }).fit(rows, { target: 'y', sampleWeight: 'w' })
  const share = '1 validation and 0 test rows leave none of 1 row with a weight above 0 to train on'
  await refuses(t, 'ERR_DATA', `[fit] ${share}`, fit(deciding['early stopping']))
  const few = 'folds need at least 2 rows, the table has 1 row with a weight above 0'
  await refuses(t, 'ERR_DATA', `[fit] ${few}`, fit(deciding.folds))
  await fit({})()
})
