import t from 'tap'
import { ClassLabels, classWeights, numericTarget } from '#psilon/data/target.js'
import { TargetScaler } from '#psilon/data/target-scaler.js'
import type { TargetTransform } from '#psilon/data/target-transform.js'
import { readTable, type Table } from '#psilon/tables/table.js'
import { refuses } from '../support/refusal.js'

const table = (y: unknown[]): Promise<Table> => readTable({ y })
const learnOf = async (transform: TargetTransform, ...values: number[]) =>
  TargetScaler.learn(await table(values), 'y', transform)
const learn = (...values: number[]) => learnOf('none', ...values)
const scaleOf = async (...values: number[]) => (await learn(...values)).toJSON()

t.test('median and half inter-quartile range, interpolated linearly', async (t) => {
  // quartiles at ranks 1, 3 of 0..4; 0.75, 2.25 of 0..3; 1.25, 3.75 of 0..5
  t.strictSame(await scaleOf(10, 1, 3, 2, 4), { center: 3, scale: 1 })
  t.strictSame(await scaleOf(4, 1, 3, 2), { center: 2.5, scale: 0.75 })
  t.strictSame(await scaleOf(16, 1, 11, 2, 7, 4), { center: 5.5, scale: 3.75 })
})

t.test('without an inter-quartile range the population deviation is used', async (t) => {
  // mean 1, squares 4 * 1 + 16 = 20, deviation sqrt(20 / 5) = 2; the median is 0
  t.strictSame(await scaleOf(0, 0, 5, 0, 0), { center: 0, scale: 2 })
})

t.test('what is scaled comes back', async (t) => {
  const values = Float64Array.of(10, 1, 3, 2, 4)
  const scaler = await learn(...values)
  t.strictSame(scaler.encode(await table([...values]), 'y'), Float64Array.of(7, -2, 0, -1, 1))
  t.strictSame(scaler.inverse(Float32Array.of(7, -2, 0, -1, 1)), values)
  const learned = await learn(0.1, 0.3, 1 / 3)
  t.strictSame(TargetScaler.fromJSON(JSON.parse(JSON.stringify(learned))), learned)
})

t.test('logarithms are scaled, and the spread is that of the values', async (t) => {
  const scaler = await learnOf('log', 1, Math.E, Math.E ** 2, Math.E ** 3, Math.E ** 4)
  const { center, scale, spread } = scaler
  t.strictSame([center, scale, spread], [2, 1, (Math.E ** 3 - Math.E) / 2])
  t.strictSame(scaler.encode(await table([1, Math.E ** 4]), 'y'), Float64Array.of(-2, 2))
  t.strictSame(scaler.inverse(Float64Array.of(-2, 0)), Float64Array.of(1, Math.exp(2)))
  t.strictSame(TargetScaler.fromJSON(JSON.parse(JSON.stringify(scaler))), scaler)
  const counts = await learnOf('log1p', 0, 0, 3, 7, 1e-9)
  t.strictSame(counts.center, Math.log1p(1e-9))
  t.strictSame(counts.inverse(counts.encode(await table([-0.5]), 'y')), Float64Array.of(-0.5))
})

t.test('ends of a range of logarithms are moved outwards', async (t) => {
  const outputs = { lower: Float64Array.of(-1, -40), upper: Float64Array.of(1, -30) }
  const scaler = await learnOf('log', 1, 2, 4)
  const { lower, upper } = scaler.inverseRange(outputs)
  const [within, end] = [scaler.inverse(outputs.lower), scaler.inverse(outputs.upper)]
  for (const i of [0, 1]) {
    const [low, least, most, high] = [lower[i], within[i], end[i], upper[i]] as [number, number, number, number]
    t.ok(low < least && least < most && most < high)
    t.ok((least - low) / least < 1e-15 && (high - most) / most < 1e-15, 'by what functions round')
  }
  const bounded = (await learnOf('log1p', 1, 2, 4)).inverseRange({ lower: [-1e3], upper: [0] } as never)
  t.equal(bounded.lower[0], -1, 'a prediction of expm1 is not below it')
})

t.test('numbers of a target column', async (t) => {
  t.strictSame(numericTarget(await table([1, '2.5', true]), 'y'), Float64Array.of(1, 2.5, 1))
})

const regression: [code: string, message: string, work: () => unknown][] = [
  ['ERR_DATA', 'the target "y" is constant (0.1), nothing to learn', () => learn(0.1, 0.1, 0.1)],
  ['ERR_DATA', 'the target "y" is constant (3), nothing to learn', () => learn(3)],
  [
    'ERR_DATA',
    'the values of column "y" are too far apart or too close together to be scaled',
    () => learn(-1.7e308, -1.7e308, 1.7e308, 1.7e308),
  ],
  [
    'ERR_DATA',
    'row index 1, column "y": got "high", expected a number',
    async () => numericTarget(await table([1, 'high']), 'y'),
  ],
  [
    'ERR_DATA',
    'row index 2, column "y": the target is missing, expected a number',
    async () => numericTarget(await table([1, 2, null]), 'y'),
  ],
  [
    'ERR_OPTION',
    'target "Y" is not a column of the table; did you mean "y"?',
    async () => numericTarget(await table([1]), 'Y'),
  ],
  [
    'ERR_DATA',
    'row index 1, column "y": got 0, expected a number above 0, for targetTransform: "log"; ' +
      '1 more cell of this column: row index 3',
    () => learnOf('log', 1, 0, 2, -4),
  ],
  [
    'ERR_DATA',
    'row index 2, column "y": got -1, expected a number above -1, for targetTransform: "log1p"',
    () => learnOf('log1p', 1, 0, -1),
  ],
  [
    'ERR_NON_FINITE',
    'row 1: the output 900, a target whose logarithm is 901, exceeds the range of a number',
    async () => (await learnOf('log', 1, Math.E, Math.E ** 2, 1, Math.E ** 2)).inverse(Float64Array.of(1, 900)),
  ],
  ['ERR_MODEL_FILE', 'target must be an object, got 3', () => TargetScaler.fromJSON(3)],
  ['ERR_MODEL_FILE', 'target lacks "scale"', () => TargetScaler.fromJSON({ center: 1 })],
  ['ERR_MODEL_FILE', 'target.scale must be above 0, got 0', () => TargetScaler.fromJSON({ center: 1, scale: 0 })],
  [
    'ERR_MODEL_FILE',
    'target.center must be a finite number, got null',
    () => TargetScaler.fromJSON({ center: null, scale: 1 }),
  ],
]
for (const [code, message, work] of regression) t.test(message, (t) => refuses(t, code, message, work))

t.test('labels keep their type and have a stated order', async (t) => {
  const cells = [true, 'b', 10, 'B', 9, false, 'a', -1, 'b']
  const labels = ClassLabels.learn(await table(cells), 'y')
  t.strictSame(labels.labels, [-1, 9, 10, 'B', 'a', 'b', false, true])
  const classes = labels.encode(await table(cells), 'y')
  t.strictSame(classes, Uint32Array.of(7, 5, 2, 3, 1, 6, 4, 0, 5))
  t.strictSame(labels.decode(classes), cells)
  t.strictSame(ClassLabels.fromJSON(JSON.parse(JSON.stringify(labels))).labels, labels.labels)
})

t.test('a label is known by its text', async (t) => {
  const labels = ClassLabels.learn(await table(['1', '0']), 'y')
  t.strictSame(labels.encode(await table([1, 0, '1']), 'y'), Uint32Array.of(1, 0, 1))
  t.strictSame(labels.decode([1]), ['1'], 'texts come back as texts')
  t.strictSame(ClassLabels.learn(await table(['10', '9']), 'y').labels, ['9', '10'], 'in the order of numbers')
})

t.test('labels that would fall together as numbers, or lose digits, are texts', async (t) => {
  const labels = async (...cells: unknown[]) => ClassLabels.learn(await table(cells), 'y').labels
  t.strictSame(await labels('007', '042'), ['007', '042'])
  t.strictSame(await labels('9007199254740993', '9007199254740992'), ['9007199254740992', '9007199254740993'])
  t.strictSame(await labels('1.10', '1.1', '2'), ['1.1', '1.10', '2'])
  t.strictSame(await labels('1.0', '0.0', 1), [0, 1])
  t.strictSame(await labels('1.0', '0.0', '1'), ['0', '1'], 'texts are given back as texts')
  t.strictSame(await labels('True', 'False', 'TRUE'), ['false', 'true'])
})

t.test('a label is known by the number or boolean that it is', async (t) => {
  const encoded = async (cells: unknown[], later: unknown[]) => [
    ...ClassLabels.learn(await table(cells), 'y').encode(await table(later), 'y'),
  ]
  t.strictSame(await encoded([0, 1], ['1.0', '0', '1e0']), [1, 0, 1])
  t.strictSame(await encoded([true, false], ['True', 'FALSE', true]), [1, 0, 1])
  t.strictSame(await encoded(['True', 'False'], [true, 'false', 'TRUE']), [1, 0, 1])
})

t.test('all rows without a target are named', async (t) => {
  const found = 'row index 1, column "y": the target is missing, expected a number'
  const message = `${found}; 1 more cell of this column: row index 3`
  await refuses(t, 'ERR_DATA', message, async () => numericTarget(await table([1, null, 2, Number.NaN]), 'y'))
})

t.test('a target is constant though its values are rounded, and so is its inter-quartile range', async (t) => {
  await refuses(t, 'ERR_DATA', 'the target "y" is constant (0.3), nothing to learn', () => learn(0.3, 0.1 + 0.2))
  const scaler = await learn(0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3, 5)
  t.ok(scaler.scale > 1, `${scaler.scale}`)
})

t.test('what exceeds the range of a number is refused', async (t) => {
  const scaler = TargetScaler.fromJSON({ center: 0, scale: 1e300 })
  const found = "the output 1000000000000 times the target's scale 1e+300 exceeds the range of a number"
  await refuses(t, 'ERR_NON_FINITE', `row 1: ${found}`, () => scaler.inverse(Float64Array.of(1, 1e12)))
})

const numbersAsClasses = Array.from({ length: 40 }, (_, i) => i / 8)
const commas = Array.from({ length: 40 }, (_, i) => `${i},5`)
const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`)
const doubtful: [found: string, cells: unknown[]][] = [
  ['40 different numbers with decimals, which a regressor predicts', numbersAsClasses],
  ['numbers with decimal commas: "0,5" (row index 0); read the table with decimal: ","', commas],
  ['60 different values in 60 rows', keys],
]
for (const [found, cells] of doubtful) {
  t.test(`no classes: ${found}`, async (t) => {
    const message = `the target "y" has ${found}; categorical: ["y"] says that they are classes`
    const some = await table(cells)
    await refuses(t, 'ERR_DATA', message, () => ClassLabels.learn(some, 'y'))
    t.equal(ClassLabels.learn(some, 'y', true).labels.length, cells.length)
  })
}

t.test('class weights become sample weights', async (t) => {
  const labels = ClassLabels.learn(await table(['a', 'b', 'c']), 'y')
  const classes = Uint32Array.of(0, 0, 0, 1, 1, 2)
  t.strictSame([...classWeights('balanced', labels, classes)], [2 / 3, 2 / 3, 2 / 3, 1, 1, 2])
  t.strictSame([...classWeights({ c: 5, a: 0.5 }, labels, classes)], [0.5, 0.5, 0.5, 1, 1, 5])
})

const encode = async (cells: unknown[], later: unknown[]) =>
  ClassLabels.learn(await table(cells), 'y').encode(await table(later), 'y')
const weigh = async (weight: unknown) =>
  classWeights(weight as 'balanced', ClassLabels.learn(await table(['cat', 'dog']), 'y'), Uint32Array.of(0))
const classification: [code: string, message: string, work: () => unknown][] = [
  ['ERR_DATA', 'the target "y" has the single class "a", expected at least two', () => encode(['a', 'a'], [])],
  ['ERR_DATA', 'the target "y" has 1 both as text and as a value', () => encode([1, '1', 'x'], [])],
  ['ERR_DATA', 'the target "y" has the single class 1, expected at least two', () => encode([1, '1'], [])],
  ['ERR_DATA', 'row index 1, column "y": the target is missing, expected a class', () => encode(['a', 'NA'], [])],
  [
    'ERR_DATA',
    'row index 1, column "y": got "c", expected a class of the training rows ("a", "b")',
    () => encode(['a', 'b'], ['a', 'c']),
  ],
  ['ERR_OPTION', 'classWeight names "dogs", which is not a class; did you mean "dog"?', () => weigh({ dogs: 1 })],
  ['ERR_MODEL_FILE', 'labels must be an array, got null', () => ClassLabels.fromJSON(null)],
  ['ERR_MODEL_FILE', 'labels[1] must be a finite number, got null', () => ClassLabels.fromJSON([1, null])],
  ['ERR_MODEL_FILE', 'labels has "1" twice', () => ClassLabels.fromJSON([1, '1'])],
  ['ERR_MODEL_FILE', 'labels has 1 classes, expected at least 2', () => ClassLabels.fromJSON([1])],
]
for (const [code, message, work] of classification) t.test(message, (t) => refuses(t, code, message, work))
