import t from 'tap'
import { readTable, type Table } from '#psilon/data/table.js'
import { ClassLabels, classWeights, numericTarget, TargetScaler } from '#psilon/data/target.js'
import { refuses } from '../support/refusal.js'

const table = (y: unknown[]): Promise<Table> => readTable({ y }, 'fit')
const learn = (...values: number[]) => TargetScaler.learn(Float64Array.from(values), 'fit', 'y')

t.test('median and half inter-quartile range, interpolated linearly', async (t) => {
  // quartiles at ranks 1, 3 of 0..4; 0.75, 2.25 of 0..3; 1.25, 3.75 of 0..5
  t.strictSame(learn(10, 1, 3, 2, 4).toJSON(), { center: 3, scale: 1 })
  t.strictSame(learn(4, 1, 3, 2).toJSON(), { center: 2.5, scale: 0.75 })
  t.strictSame(learn(16, 1, 11, 2, 7, 4).toJSON(), { center: 5.5, scale: 3.75 })
})

t.test('without an inter-quartile range the population deviation is used', async (t) => {
  // mean 1, squares 4 * 1 + 16 = 20, deviation sqrt(20 / 5) = 2; the median is 0
  t.strictSame(learn(0, 0, 5, 0, 0).toJSON(), { center: 0, scale: 2 })
})

t.test('what is scaled comes back', async (t) => {
  const values = Float64Array.of(10, 1, 3, 2, 4)
  const scaler = learn(...values)
  t.strictSame(scaler.transform(values, 'float64'), Float64Array.of(7, -2, 0, -1, 1))
  t.strictSame(scaler.transform(values, 'float32'), Float32Array.of(7, -2, 0, -1, 1))
  t.strictSame(scaler.inverse(Float32Array.of(7, -2, 0, -1, 1)), values)
  const loaded = TargetScaler.fromJSON(JSON.parse(JSON.stringify(learn(0.1, 0.3, 1 / 3))))
  t.strictSame(loaded.toJSON(), learn(0.1, 0.3, 1 / 3).toJSON())
})

t.test('numbers of a target column', async (t) => {
  t.strictSame(numericTarget(await table([1, '2.5', true]), 'y', 'fit'), Float64Array.of(1, 2.5, 1))
})

const regression: [code: string, message: string, work: () => unknown][] = [
  ['ERR_DATA', '[fit] the target "y" is constant (0.1), nothing to learn', () => learn(0.1, 0.1, 0.1)],
  ['ERR_DATA', '[fit] the target "y" is constant (3), nothing to learn', () => learn(3)],
  [
    'ERR_DATA',
    '[fit] the values of column "y" lie too far apart or too close to be scaled',
    () => learn(-1.7e308, -1.7e308, 1.7e308, 1.7e308),
  ],
  [
    'ERR_DATA',
    '[fit] row index 1, column "y": got "high", expected a number',
    async () => numericTarget(await table([1, 'high']), 'y', 'fit'),
  ],
  [
    'ERR_DATA',
    '[fit] row index 2, column "y": the target is missing, expected a number',
    async () => numericTarget(await table([1, 2, null]), 'y', 'fit'),
  ],
  [
    'ERR_OPTION',
    '[fit] target "Y" is not a column of the table; did you mean "y"?',
    async () => numericTarget(await table([1]), 'Y', 'fit'),
  ],
  ['ERR_MODEL_FILE', '[load] target must be an object, got 3', () => TargetScaler.fromJSON(3)],
  ['ERR_MODEL_FILE', '[load] target lacks "scale"', () => TargetScaler.fromJSON({ center: 1 })],
  [
    'ERR_MODEL_FILE',
    '[load] target.scale must be above 0, got 0',
    () => TargetScaler.fromJSON({ center: 1, scale: 0 }),
  ],
  [
    'ERR_MODEL_FILE',
    '[load] target.center must be a finite number, got null',
    () => TargetScaler.fromJSON({ center: null, scale: 1 }),
  ],
]
for (const [code, message, work] of regression) t.test(message, (t) => refuses(t, code, message, work))

t.test('labels keep their type and have a stated order', async (t) => {
  const cells = [true, 'b', 10, 'B', 9, false, 'a', -1, 'b']
  const labels = ClassLabels.learn(await table(cells), 'y', 'fit')
  t.strictSame(labels.labels, [-1, 9, 10, 'B', 'a', 'b', false, true])
  const classes = labels.encode(await table(cells), 'y', 'fit')
  t.strictSame(classes, Uint32Array.of(7, 5, 2, 3, 1, 6, 4, 0, 5))
  t.strictSame(labels.decode(classes), cells)
  t.strictSame(ClassLabels.fromJSON(JSON.parse(JSON.stringify(labels))).labels, labels.labels)
})

t.test('a label is known by its text', async (t) => {
  const labels = ClassLabels.learn(await table(['1', '0']), 'y', 'fit')
  t.strictSame(labels.encode(await table([1, 0, '1']), 'y', 'score'), Uint32Array.of(1, 0, 1))
  t.strictSame(labels.decode([1]), ['1'])
})

t.test('class weights become sample weights', async (t) => {
  const labels = ClassLabels.learn(await table(['a', 'b', 'c']), 'y', 'fit')
  const classes = Uint32Array.of(0, 0, 0, 1, 1, 2)
  t.strictSame([...classWeights('balanced', labels, classes, 'fit')], [2 / 3, 2 / 3, 2 / 3, 1, 1, 2])
  t.strictSame([...classWeights({ c: 5, a: 0.5 }, labels, classes, 'fit')], [0.5, 0.5, 0.5, 1, 1, 5])
})

const encode = async (cells: unknown[], later: unknown[]) =>
  ClassLabels.learn(await table(cells), 'y', 'fit').encode(await table(later), 'y', 'score')
const weigh = async (weight: unknown) =>
  classWeights(
    weight as 'balanced',
    ClassLabels.learn(await table(['cat', 'dog']), 'y', 'fit'),
    Uint32Array.of(0),
    'fit',
  )
const classification: [code: string, message: string, work: () => unknown][] = [
  ['ERR_DATA', '[fit] the target "y" has the single class "a", expected at least two', () => encode(['a', 'a'], [])],
  ['ERR_DATA', '[fit] the target "y" has 1 both as text and as a value', () => encode([1, '1'], [])],
  ['ERR_DATA', '[fit] row index 1, column "y": the target is missing, expected a class', () => encode(['a', 'NA'], [])],
  [
    'ERR_DATA',
    '[score] row index 1, column "y": got "c", expected a class of the training rows ("a", "b")',
    () => encode(['a', 'b'], ['a', 'c']),
  ],
  ['ERR_OPTION', '[fit] classWeight names "dogs", which is no class; did you mean "dog"?', () => weigh({ dogs: 1 })],
  ['ERR_OPTION', '[fit] classWeight of "dog" must be a number at least 0, got -1', () => weigh({ dog: -1 })],
  ['ERR_OPTION', '[fit] classWeight of "dog" must be a number at least 0, got 1', () => weigh({ dog: '1' })],
  [
    'ERR_OPTION',
    '[fit] classWeight must be "balanced" or an object of weights by label, got equal',
    () => weigh('equal'),
  ],
  ['ERR_MODEL_FILE', '[load] labels must be an array, got null', () => ClassLabels.fromJSON(null)],
  ['ERR_MODEL_FILE', '[load] labels[1] must be a finite number, got null', () => ClassLabels.fromJSON([1, null])],
  ['ERR_MODEL_FILE', '[load] labels has "1" twice', () => ClassLabels.fromJSON([1, '1'])],
  ['ERR_MODEL_FILE', '[load] labels has 1 classes, expected at least 2', () => ClassLabels.fromJSON([1])],
]
for (const [code, message, work] of classification) t.test(message, (t) => refuses(t, code, message, work))
