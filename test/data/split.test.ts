import t from 'tap'
import { folds, split } from '#psilon/data/split.js'
import { refuses } from '../support/refusal.js'

/** Fisher-Yates with a small generator, standing in for the core's. */
function permutation(n: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  let state = seed + 1
  for (let i = n - 1; i > 0; i--) {
    state = (state * 48271) % 2147483647
    const j = state % (i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

const context = { seed: 3, permutation }
const all = (n: number) => Array.from({ length: n }, (_, i) => i)
const sortedRows = (...parts: Uint32Array[]) => parts.flatMap((part) => [...part]).sort((a, b) => a - b)
const counts = (rows: Uint32Array, classes: number[]) => {
  const found = [0, 0, 0]
  for (const row of rows) found[classes[row]]++
  return found
}

t.test('every row is in exactly one part', async (t) => {
  for (const sizes of [{ validation: 0.2, test: 0.3 }, { validation: 7 }, { test: 1 }, { validation: 0.001 }, {}]) {
    const { train, validation, test } = split(23, sizes, context)
    t.strictSame(sortedRows(train, validation, test), all(23))
    for (const part of [train, validation, test]) t.strictSame([...part], sortedRows(part), 'ascending')
  }
})

t.test('sizes are shares or counts', async (t) => {
  const sizesOf = (sizes: object) => Object.values(split(10, sizes, context)).map((part) => part.length)
  t.strictSame(sizesOf({ validation: 0.2, test: 3 }), [5, 2, 3])
  t.strictSame(sizesOf({ validation: 0.01 }), [9, 1, 0])
  t.strictSame(sizesOf({ validation: 9 }), [1, 9, 0])
  t.strictSame(sizesOf({ validation: 0, test: 0 }), [10, 0, 0])
})

t.test('the seed decides', async (t) => {
  t.strictSame(split(50, { validation: 10 }, context), split(50, { validation: 10 }, context))
  t.notSame(split(50, { validation: 10 }, context), split(50, { validation: 10 }, { ...context, seed: 4 }))
  t.notSame([...split(50, { validation: 10 }, context).validation], all(10))
})

t.test('parts keep the proportions of the classes', async (t) => {
  const classes = all(100).map((row) => [0, 0, 1, 0, 0, 2, 1, 0, 1, 0][(3 * row) % 10])
  const { train, validation, test } = split(100, { validation: 20, test: 10 }, { ...context, classes })
  t.strictSame(counts(validation, classes), [12, 6, 2])
  t.strictSame(counts(test, classes), [6, 3, 1])
  t.strictSame(counts(train, classes), [42, 21, 7])
})

t.test('each row is validated in exactly one fold', async (t) => {
  const classes = all(23).map((row) => row % 3)
  for (const each of [context, { ...context, classes }]) {
    const parts = folds(23, 4, each)
    t.strictSame(sortedRows(...parts.map(({ validation }) => validation)), all(23))
    for (const { train, validation } of parts) {
      t.strictSame(sortedRows(train, validation), all(23))
      t.ok(validation.length === 5 || validation.length === 6)
    }
  }
})

t.test('folds keep the proportions of the classes', async (t) => {
  const classes = all(100).map((row) => [0, 0, 1, 0, 0, 2, 1, 0, 1, 0][(3 * row) % 10])
  for (const { validation } of folds(100, 10, { ...context, classes })) {
    t.strictSame(counts(validation, classes), [6, 3, 1])
  }
})

const part = 'must be a share below 1 or a number of rows'
const refusals: [code: string, message: string, work: () => unknown][] = [
  ['ERR_OPTION', `validation ${part}, got -1`, () => split(10, { validation: -1 }, context)],
  ['ERR_OPTION', `validation ${part}, got NaN`, () => split(10, { validation: Number.NaN }, context)],
  ['ERR_OPTION', `test ${part}, got 2.5`, () => split(10, { test: 2.5 }, context)],
  [
    'ERR_DATA',
    '6 validation and 4 test rows leave none of 10 rows to train on',
    () => split(10, { validation: 6, test: 4 }, context),
  ],
  [
    'ERR_DATA',
    '1 validation and 0 test rows leave none of 1 row to train on',
    () => split(1, { validation: 0.2 }, context),
  ],
  ['ERR_OPTION', 'folds must be an integer of at least 2, got 1', () => folds(10, 1, context)],
  [
    'ERR_DATA',
    '11 folds need at least 11 rows, the table has 10; give selection.folds of at most 10, or preset: "fast"',
    () => folds(10, 11, context),
  ],
]
for (const [code, message, work] of refusals) t.test(message, (t) => refuses(t, code, message, work))
