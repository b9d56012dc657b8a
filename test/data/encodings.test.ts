import t, { type Test } from 'tap'
import type { Outcome } from '#psilon/data/encodings/encoding.js'
import { type EncodingName, encodingNamed, encodingNames, learnEncoding } from '#psilon/data/encodings/encodings.js'
import { normalQuantile } from '#psilon/data/normal-quantile.js'
import { Preprocessor } from '#psilon/data/preprocess.js'
import { readTable } from '#psilon/tables/table.js'
import { generator } from '../support/core.js'
import { refuses } from '../support/refusal.js'

/** The inputs of values by an encoding that learned from others. */
function encoder(kind: EncodingName, values: ArrayLike<number>, outcome?: Outcome) {
  const learned = learnEncoding(kind, {
    ...{ name: 'a', values: Float64Array.from(values), sorted: Float64Array.from(values).sort() },
    outcome,
  })
  const encoding = encodingNamed(learned.kind)
  const inputs = encoding.inputs(learned, 'a')
  const of = (value: number) => {
    const data = new Float64Array(inputs.length)
    encoding.write(learned, value, data, 0)
    return data
  }
  return { learned, inputs, of, first: (value: number) => of(value)[0] as number }
}

function near(t: Test, found: ArrayLike<number>, wanted: readonly number[]): void {
  t.equal(found.length, wanted.length)
  wanted.forEach((value, i) => {
    t.ok(Math.abs((found[i] as number) - value) <= 1e-12 * Math.max(1, Math.abs(value)), `${found[i]}, not ${value}`)
  })
}

function standardised(numbers: readonly number[]): number[] {
  const mean = numbers.reduce((sum, value) => sum + value) / numbers.length
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length)
  return numbers.map((value) => (value - mean) / deviation)
}

/** Numbers in [0, 1) that depend on nothing but the seed. */
function shares(seed: number): () => number {
  const next = generator(seed)
  return () => (next() + 1) / 2
}

const numbers = (rows: number, of: (i: number) => number) => Array.from({ length: rows }, (_, i) => of(i))

t.test('normal quantiles, as Python 3.11 has them (statistics.NormalDist)', (t) => {
  const known: [number, number][] = [
    [0.5, 0],
    [0.6, 0.2533471031357998],
    [0.975, 1.9599639845400536],
    [0.9999, 3.7190164854557084],
    [1e-5, -4.2648907939228256],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798405],
  ]
  for (const [p, z] of known) near(t, [normalQuantile(p)], [z])
  t.end()
})

t.test('robust: the median and the inter-quartile range, clipped smoothly', (t) => {
  // quartiles 1.25, 2.5, 3.75
  const values = [0, 1, 2, 3, 4, 100]
  const clipped = (z: number) => z / Math.sqrt(1 + z ** 2 / 9)
  const { first, inputs } = encoder('robust', values)
  const bent = values.map((value) => clipped((value - 2.5) / 2.5))
  near(t, values.map(first), standardised(bent))
  const deviation = (clipped(1) - clipped(0)) / (first(5) - first(2.5))
  near(t, [inputs[0]?.divisor as number], [2.5 * deviation])
  const limit = (3 - clipped(0)) / deviation + first(2.5)
  near(t, [first(1e9), first(1e300), first(Number.MAX_VALUE)], [limit, limit, limit])
  near(t, [first(-1e300) - first(2.5)], [-(limit - first(2.5))])
  // an inter-quartile range of 0: half of the whole range
  const flat = [0, 0, 0, 0, 0, 0, 0, 0, 4, 10]
  near(t, flat.map(encoder('robust', flat).first), standardised(flat.map((value) => clipped(value / 5))))
  t.end()
})

t.test('rank-normal: the normal quantile of the middle rank, linear between', (t) => {
  // middle ranks of five rows: 0.1, 0.4 (two rows), 0.7, 0.9; as if a hundredth of the rows lay beyond either end; 8 digits
  const values = [0, 1, 1, 5, 20]
  const quantile = (rank: number) => Number(normalQuantile((rank + 0.01) / 1.02).toPrecision(8))
  const bent = [quantile(0.1), quantile(0.4), quantile(0.4), quantile(0.7), quantile(0.9)] as const
  const { first, inputs } = encoder('rank-normal', values)
  const wanted = standardised([...bent])
  near(t, values.map(first), wanted)
  near(t, [first(3), first(12.5)], [((wanted[1] as number) + (wanted[3] as number)) / 2, (first(5) + first(20)) / 2])
  const unit = (bent[3] - bent[0]) / ((wanted[3] as number) - (wanted[0] as number))
  near(t, [inputs[0]?.divisor as number], [(1 / (bent[1] - bent[0])) * unit])
  // beyond the ends as steep as the last segment, but at most 1 per deviation of the values
  const deviation = Math.sqrt((5.4 ** 2 + 2 * 4.4 ** 2 + 0.4 ** 2 + 14.6 ** 2) / 5)
  near(t, [first(0) - first(-7)], [7 / deviation / unit])
  near(t, [first(50) - first(20)], [(30 * (bent[4] - bent[3])) / 15 / unit])
  t.end()
})

t.test('rank-normal: knots are round numbers near the middle of their groups', (t) => {
  // so close together that every group but the first has several of them
  const values = Array.from({ length: 40_000 }, (_, i) => 100 + Math.sqrt(i))
  const { learned } = encoder('rank-normal', values)
  const { knots, quantiles } = learned as Extract<typeof learned, { kind: 'rank-normal' }>
  t.ok(knots.length > 30)
  for (const numbers of [knots, quantiles])
    t.strictSame(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    )
  t.strictSame(
    knots.slice(1, -1),
    knots.slice(1, -1).map((knot) => Number(knot.toPrecision(6))),
  )
  t.strictSame(
    quantiles,
    quantiles.map((quantile) => Number(quantile.toPrecision(8))),
  )
  t.end()
})

t.test('rank-normal: near-ties make no steep segment, many values few knots', (t) => {
  const nearly = numbers(100, (i) => (i < 90 ? i * 1e-12 : i - 80))
  const { inputs, first } = encoder('rank-normal', nearly)
  t.ok((inputs[0]?.divisor as number) > 1, 'the step is not that of the near-ties')
  t.ok(Math.abs(first(0) - first(89e-12)) < 1e-10)
  const many = encoder(
    'rank-normal',
    numbers(5000, (i) => Math.sinh(((7 * i) % 5000) / 500 - 5)),
  )
  t.ok((many.learned as { knots: number[] }).knots.length <= 64)
  const all = numbers(5000, (i) => many.first(Math.sinh(i / 500 - 5)))
  const share = (below: number) => all.filter((value) => value < below).length / 5000
  for (const [z, p] of [
    [-1.2816, 0.1],
    [0, 0.5],
    [0.6745, 0.75],
    [1.6449, 0.95],
  ] as const) {
    t.ok(Math.abs(share(z) - p) < 0.02, `${share(z)} below ${z}`)
  }
  t.end()
})

t.test('piecewise-linear: bins by a regression tree', (t) => {
  // the outcome steps at 39.5 and at 79.5; a leaf has at least 40 rows or an eighth of the rows
  const values = numbers(160, (i) => (37 * i) % 160)
  const outcome = { values: values.map((value) => (value < 40 ? 0 : value < 80 ? 5 : 1)), classes: false }
  const { learned, of, inputs } = encoder('piecewise-linear', values, outcome)
  t.match(learned, { kind: 'piecewise-linear', edges: [0, 40, 80, 159] })
  t.strictSame(inputs, [
    { name: 'a in 0..40', divisor: 40 },
    { name: 'a in 40..80', divisor: 40 },
    { name: 'a in 80..159', divisor: 79 },
  ])
  t.strictSame([...of(-5)], [0, 0, 0])
  t.strictSame([...of(10)], [0.25, 0, 0])
  t.strictSame([...of(60)], [1, 0.5, 0])
  t.strictSame([...of(119.5)], [1, 1, 0.5])
  t.strictSame([...of(1e300)], [1, 1, 1])
  const { learned: shuffled } = encoder('piecewise-linear', values.slice().reverse(), {
    ...outcome,
    values: outcome.values.slice().reverse(),
  })
  t.strictSame(shuffled, learned, 'the order of the rows does not matter')
  t.end()
})

t.test('piecewise-linear: classes split by Gini impurity, as by the squared error of one-hot outcomes', (t) => {
  const values = numbers(160, (i) => (37 * i) % 160)
  // class numbers whose order says nothing: their mean is 1 below 100 as well as above
  const outcome = { values: values.map((value) => (value < 100 ? 1 : value % 2 === 0 ? 0 : 2)), classes: true }
  const { edges } = encoder('piecewise-linear', values, outcome).learned as { edges: number[] }
  t.strictSame(edges.slice(0, 2), [0, 100])
  t.end()
})

/** The values around the threshold that takes most from the squared error, by trying all of them. */
function bestOfAll(values: number[], outcome: Outcome, rows: number): [low: number, high: number] | undefined {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number))
  const labels = outcome.classes ? [...new Set(Array.from(outcome.values))] : [0]
  const error = (part: number[]) =>
    labels.reduce((sum, label) => {
      const own = part.map((i) =>
        outcome.classes ? Number(outcome.values[i] === label) : (outcome.values[i] as number),
      )
      const mean = own.reduce((a, b) => a + b) / own.length
      return sum + own.reduce((a, b) => a + (b - mean) ** 2, 0)
    }, 0)
  const all = error(order)
  let [least, best] = [all * (1 - 1e-9), undefined as [number, number] | undefined]
  for (let at = rows; at <= order.length - rows; at++) {
    const [low, high] = [values[order[at - 1] as number] as number, values[order[at] as number] as number]
    if (low === high) continue
    const found = error(order.slice(0, at)) + error(order.slice(at))
    if (found < least - 1e-9 * all) [least, best] = [found, [low, high]]
  }
  return best
}

t.test('piecewise-linear: the first split is the best of all', (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = shares(seed)
    const values = numbers(60, () => Math.floor(30 * random()))
    const classes = seed % 2 === 0
    const outcome = { values: numbers(60, () => (classes ? Math.floor(3 * random()) : random())), classes }
    const [low, high] = bestOfAll(values, outcome, 7) as [number, number]
    const { edges } = encoder('piecewise-linear', values, outcome).learned as { edges: number[] }
    t.ok(
      edges.some((edge) => edge >= low && edge <= high),
      `seed ${seed}: ${low} to ${high} in ${edges}`,
    )
    for (const [k, edge] of edges.slice(1).entries()) {
      const own = values.filter((value) => value > (edges[k] as number) && value < edge).length
      const ends = values.filter((value) => value === edge || value === edges[k]).length
      t.ok(own + ends >= 7, `seed ${seed}: ${own} rows in ${edges[k]}..${edge}`)
    }
  }
  t.end()
})

t.test('piecewise-linear: quantiles where no outcome says more', (t) => {
  const values = numbers(400, (i) => ((37 * i) % 400) + 0.5)
  const quantiles = [0.5, 50, 100, 150, 200, 250, 300, 350, 399.5]
  const constant = { values: new Float64Array(400), classes: false }
  t.match(encoder('piecewise-linear', values).learned, { edges: quantiles })
  t.match(encoder('piecewise-linear', values, constant).learned, { edges: quantiles })
  t.match(encoder('piecewise-linear', [3, 5, 9]).learned, { edges: [3, 9] }, 'one bin for few rows')
  const { edges } = encoder(
    'piecewise-linear',
    numbers(400, (i) => (i < 360 ? 0 : i)),
  ).learned as { edges: number[] }
  t.strictSame([edges[0], edges.at(-1)], [0, 399])
  t.end()
})

const random = shares(5)
const columns: Record<string, number[]> = {
  uniform: numbers(300, () => random()),
  amounts: numbers(300, () => Math.exp(6 * random() ** 3)),
  integers: numbers(300, () => Math.floor(6 * random())),
  '90 % equal': numbers(300, (i) => (i % 10 === 0 ? 1 + 50 * random() : 0)),
  'three values': numbers(300, (i) => [0, 0, 0, 1, 1, 900][i % 6] as number),
  'near-ties': numbers(300, (i) => (i % 3) + 1e-9 * (i % 7)),
  'one far': numbers(300, (i) => (i === 7 ? 1e9 : (i * 37) % 300)),
  'far from 0': numbers(300, (i) => 1e9 + (i % 5)),
  huge: numbers(300, () => 1e300 * random()),
  tiny: numbers(300, () => 1e-300 * random()),
  'few rows': [3, 1, 2, 9, 4],
  'few different': [1, 2, 2, 3],
}

for (const kind of encodingNames) {
  t.test(`${kind}: inputs ascend, no faster than their divisors say, and one at a time`, (t) => {
    for (const [name, values] of Object.entries(columns)) {
      const outcome = { values: values.map((value, i) => Math.cos(9 * value) + (i % 2)), classes: false }
      const { of, inputs, learned } = encoder(kind, values, outcome)
      const [low, high] = [Math.min(...values), Math.max(...values)]
      const reach = high / 2 - low / 2
      const places = [
        ...values,
        ...numbers(400, (i) => low + ((i - 100) / 100) * reach),
        ...((learned as { edges?: number[] }).edges ?? []),
        ...((learned as { knots?: number[] }).knots ?? []),
      ].sort((a, b) => a - b)
      const found = places.map(of)
      t.ok(
        found.every((each) => each.every(Number.isFinite)),
        `${name}: finite`,
      )
      const faults = found.slice(1).flatMap((each, i) => {
        const steps = [...each].map((value, k) => value - ((found[i] as Float64Array)[k] as number))
        const gap = (places[i + 1] as number) - (places[i] as number)
        const most = steps.map((_, k) => (gap / (inputs[k] as { divisor: number }).divisor) * (1 + 1e-9) + 1e-9)
        // a move may pass an edge: then the parts of the way on both sides add up to it
        const way = steps.reduce((sum, step, k) => sum + step * (inputs[k] as { divisor: number }).divisor, 0)
        const right = steps.every((step, k) => step >= -1e-12 && step <= (most[k] as number))
        return right && way <= gap * (1 + 1e-9) + 1e-9 * reach ? [] : [`${places[i]} to ${places[i + 1]}: ${steps}`]
      })
      t.strictSame(faults.slice(0, 3), [], `${name}: ${inputs.map(({ divisor }) => divisor)}`)
    }
    t.end()
  })
}

t.test('two different values are standardised by every encoding', (t) => {
  for (const kind of encodingNames) t.equal(encoder(kind, [7, 7, 7, 9]).learned.kind, 'standard')
  t.end()
})

t.test('a missing number takes the median, and an input behind the others says so', async (t) => {
  const table = await readTable({
    a: [...numbers(30, (i) => i), null],
    b: numbers(31, (i) => i % 2),
    y: numbers(31, (i) => i),
  })
  for (const encoding of encodingNames) {
    const outcome = { values: numbers(31, (i) => i % 15), classes: false }
    const preprocessor = Preprocessor.learn(table, { target: 'y', encoding, outcome })
    const own = preprocessor.features.filter(({ column }) => column === 'a')
    t.equal(own.at(-1)?.kind, 'missing')
    t.strictSame(preprocessor.encodings, [encoding])
    const { x } = preprocessor.transform(await readTable({ a: [null, 14.5], b: [0, 0] }), 'float64')
    const [gone, median] = [x.data.slice(0, x.shape[1]), x.data.slice(x.shape[1])]
    gone[own.length - 1] = 0
    t.strictSame(gone, median)
    const again = Preprocessor.fromJSON(JSON.parse(JSON.stringify(preprocessor)))
    t.strictSame(again.features, preprocessor.features)
    t.strictSame(again.transform(table, 'float64'), preprocessor.transform(table, 'float64'))
  }
})

t.test('values too far apart are refused by every encoding', async (t) => {
  const message = 'the values of column "a" are too far apart or too close together to be scaled'
  for (const encoding of encodingNames) {
    const table = await readTable({ a: [1.7e308, -1.7e308, -1.7e308, 0] })
    await refuses(t, 'ERR_DATA', message, () => Preprocessor.learn(table, { encoding }))
  }
})

t.test('a number that is too large for a rank-normal column is refused', async (t) => {
  const preprocessor = Preprocessor.learn(await readTable({ a: [1, 2, 3] }), { encoding: 'rank-normal' })
  const message = 'row index 0, column "a": 1e+300 is too large: the training rows had values from about 1 to 3'
  const table = await readTable({ a: [1e300] })
  await refuses(t, 'ERR_DATA', message, () => preprocessor.transform(table, 'float32'))
})

const path = 'preprocessing.columns[0].encodings[0]'
const rankNormal = { kind: 'rank-normal', knots: [0, 1, 4], quantiles: [-1, 0, 1], spread: 2, mean: 0, deviation: 1 }
const piecewise = { kind: 'piecewise-linear', edges: [0, 1, 4] }
const hostile: [message: string, encoding: unknown][] = [
  [
    `${path}.kind must be one of "standard", "asinh", "robust", "rank-normal", "piecewise-linear", got "fourier"`,
    { kind: 'fourier' },
  ],
  [`${path}.kind must be one of "standard", "asinh", "robust", "rank-normal", "piecewise-linear", got undefined`, null],
  [`${path} lacks "mean"`, { kind: 'standard', deviation: 1 }],
  [`${path} has an unknown entry "center"`, { kind: 'standard', mean: 0, deviation: 1, center: 0 }],
  [`${path}.scale must be above 0, got 0`, { kind: 'robust', center: 0, scale: 0, mean: 0, deviation: 1 }],
  [`${path}.center must be a finite number, got "0"`, { kind: 'asinh', center: '0', scale: 1, mean: 0, deviation: 1 }],
  [`${path}.knots has 1 numbers, expected 2 to 1000`, { ...rankNormal, knots: [0] }],
  [`${path}.knots has 1001 numbers, expected 2 to 1000`, { ...rankNormal, knots: numbers(1001, (i) => i) }],
  [`${path}.knots must be an array, got "0,1"`, { ...rankNormal, knots: '0,1' }],
  [`${path}.knots[2] must be above 1, got 1`, { ...rankNormal, knots: [0, 1, 1] }],
  [`${path}.knots[1] must be a finite number, got null`, { ...rankNormal, knots: [0, null, 1] }],
  [`${path}.quantiles[1] must be above -1, got -2`, { ...rankNormal, quantiles: [-1, -2, 0] }],
  [`${path} has 3 knots and 2 quantiles, expected as many`, { ...rankNormal, quantiles: [-1, 0] }],
  [`${path}.spread must be above 0, got -1`, { ...rankNormal, spread: -1 }],
  [`${path}.edges[1] must be above 0, got 0`, { ...piecewise, edges: [0, 0, 1] }],
  [`${path}.edges goes from -1.7e+308 to 1.7e+308, too far for a number`, { ...piecewise, edges: [-1.7e308, 1.7e308] }],
]
const column = { kind: 'numeric', name: 'a', deviation: 1, median: 0, indicator: false }
for (const [message, encoding] of hostile) {
  t.test(`hostile: ${message}`, (t) => {
    const columns = [{ ...column, encodings: [encoding] }]
    return refuses(t, 'ERR_MODEL_FILE', message, () => Preprocessor.fromJSON({ columns, dropped: [] }))
  })
}

for (const [message, own] of [
  ['preprocessing.columns[0].encodings is empty', { encodings: [] }],
  ['preprocessing.columns[0].encodings has "piecewise-linear" twice', { encodings: [piecewise, piecewise] }],
  ['preprocessing.columns[0].deviation must be above 0, got 0', { encodings: [piecewise], deviation: 0 }],
] as const) {
  t.test(`hostile: ${message}`, (t) => {
    const columns = [{ ...column, ...own }]
    return refuses(t, 'ERR_MODEL_FILE', message, () => Preprocessor.fromJSON({ columns, dropped: [] }))
  })
}
