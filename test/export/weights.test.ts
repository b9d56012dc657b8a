import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { sum } from 'd3-array'
import { fromParameters, load, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet, readTable } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { bundled } from '../support/houses.js'
import { noCompiler, printed } from './compiled.js'
import { drawOptions, drawTable, type Row } from './drawn.js'
import { networkRows, networks } from './models.js'

/** Exported code with weights of 16 and of 8 bits: what it predicts, and the bound on what that changes. */

const formats = ['float16', 'int8'] as const

interface Exported {
  columns: { kind: string; name: string; levels?: string[] }[]
  weightsError: number
  pathNorm?: number
  predict(row: unknown): unknown
  predictProba(row: unknown): number[]
  selfTest(): boolean
}

let modules = 0

async function moduleOf(folder: string, text: string): Promise<Exported> {
  const path = join(folder, `model${modules++}.mjs`)
  await writeFile(path, text)
  return await import(pathToFileURL(path).href)
}

type Model = PsilonRegressor | PsilonClassifier

const answersOf = (model: Model, module: Exported, row: unknown): number[] =>
  model instanceof PsilonRegressor ? [module.predict(row) as number] : module.predictProba(row)

/** Rows whose numbers are anywhere within the range of the training rows, at its ends most often. */
function rowsWithin(rows: readonly Row[], columns: Exported['columns'], next: () => number): Row[] {
  const ranges = columns.map(({ name }) => {
    const numbers = rows.map((row) => row[name]).filter((cell) => typeof cell === 'number')
    return [Math.min(...numbers), Math.max(...numbers)] as const
  })
  return Array.from({ length: 400 }, () => {
    const cells = columns.map(({ kind, name, levels = [] }, j) => {
      if (next() > 0.95) return [name, null]
      if (kind !== 'numeric') return [name, levels[Math.floor(((next() + 1) / 2) * levels.length)] ?? 'new']
      const [least, greatest] = ranges[j] as readonly [number, number]
      const share = Math.min(1, Math.max(0, 0.5 + next()))
      return [name, share === 1 ? greatest : least + share * (greatest - least)]
    })
    return Object.fromEntries(cells)
  })
}

const ratios: number[] = []

for (let seed = 1; seed <= 18; seed++) {
  t.test(`rounded weights change no more than the bound says, seed ${seed}`, { skip: noCompiler }, async (t) => {
    const next = generator(seed)
    const { rows, numeric } = drawTable(next)
    const options = { ...drawOptions(seed, next), epochs: 25, learningRate: 1e-2 }
    const model: Model = seed % 2 === 0 ? new PsilonRegressor(options) : new PsilonClassifier(options)
    const first = numeric[0] as string
    const numbers = rows.map((row) => Number(row[first])).sort((a, b) => a - b)
    const ranks = rows.map((row) => numbers.indexOf(Number(row[first])) / rows.length)
    const target = ranks.map((rank) => (seed % 2 === 0 ? 100 * rank ** 2 : `c${Math.floor(rank * (2 + (seed % 4)))}`))
    await model.fit(
      rows.map((row, i) => ({ ...row, target: target[i] as string | number })),
      { target: 'target' },
    )
    if (seed % 3 === 0 && options.normalization !== 'none') model.prune({ scale: 2 })
    for (const weights of formats) {
      const folder = t.testdir()
      const module = await moduleOf(folder, model.toJavaScript({ weights }))
      t.ok(module.selfTest())
      const { columns, weightsError } = module
      const all = [...rows.slice(0, 40), ...rowsWithin(rows, columns, next)]
      const prediction = await model.predict(all)
      const exact = Array.from('values' in prediction ? prediction.values : prediction.probabilities.data)
      const found = all.flatMap((row) => answersOf(model, module, row))
      // what rounding changes besides: outputs may be differences of larger numbers
      const tolerance = 1e-5 * (1 + model.pathNorm()) * (model instanceof PsilonRegressor ? 100 : 1)
      const seen = Math.max(...found.map((value, k) => Math.abs(value - (exact[k] as number))))
      t.ok(seen <= weightsError + tolerance, `${weights}: ${seen}, at most ${weightsError}`)
      if (seen > 10 * tolerance) ratios.push(weightsError / seen)

      const few = all.slice(0, 50)
      const count = found.length / all.length
      const cells = few.map((row) =>
        columns.map(({ kind, name, levels = [] }) => {
          const cell = row[name]
          if (cell === null || cell === undefined) return 'NAN'
          return kind === 'numeric' ? Number(cell).toExponential() : levels.indexOf(String(cell))
        }),
      )
      const call =
        model instanceof PsilonRegressor ? 'out[0] = model_predict(rows[i])' : 'model_predict_proba(rows[i], out)'
      const main = `  static const double rows[][${columns.length}] = {\n${cells.map((row) => `    {${row.join(', ')}},`).join('\n')}\n  };
  double out[${count}];
  int i, k;
  for (i = 0; i < ${few.length}; i++) {
    ${call};
    for (k = 0; k < ${count}; k++) printf("%.17g\\n", out[k]);
  }
  printf("%d\\n%.17g\\n", model_self_test(), model_weights_error());`
      const lines = (await printed(folder, model.toC({ weights }), main)).map(Number)
      t.strictSame(lines.splice(-2), [1, weightsError])
      const apart = Math.max(...lines.map((value, k) => Math.abs(value - (found[k] as number))))
      t.ok(apart <= tolerance, `${weights} in C: ${apart}, at most ${tolerance}`)
    }
    model.dispose()
  })
}

t.test('the bounds are not far from what rows show', async (t) => {
  ratios.sort((a, b) => a - b)
  const text = ratios.map((ratio) => ratio.toFixed(1)).join(' ')
  t.ok(ratios.length > 10 && (ratios[ratios.length >> 1] as number) < 10, `bound / largest difference: ${text}`)
})

const line = Array.from({ length: 41 }, (_, k) => k / 20 - 1)
const grid = line.flatMap((a) => line.map((b) => [a, b]))

t.test('the bound of a small network is what a grid of inputs shows', async (t) => {
  for (let seed = 1; seed <= 24; seed++) {
    const shape = { inputs: 2, outputs: 1 + (seed % 2), dtype: 'float64', seed } as const
    const net =
      seed % 3 === 0
        ? new PsilonResNet({ ...shape, hidden: 3, depth: 1 + (seed % 4) })
        : new PsilonNet({ ...shape, hidden: 1 + (seed % 4), depth: 1 + (seed % 2) })
    const next = generator(seed)
    const { parameters } = net
    for (const [name, { data }] of Object.entries(parameters)) {
      if (name.endsWith('.b')) data.set(Array.from(data, next))
    }
    net.setParameters(parameters)
    const exact = (await net.predict(grid)).data
    for (const weights of formats) {
      const module = await moduleOf(t.testdir(), net.toJavaScript({ weights }))
      const found = grid.flatMap((row) => module.predict(row) as number[])
      const seen = Math.max(...found.map((value, k) => Math.abs(value - (exact[k] as number))))
      const { weightsError } = module
      t.ok(
        seen <= weightsError && weightsError < 8 * seen,
        `${weights}, seed ${seed}: ${seen}, at most ${weightsError}`,
      )
    }
    net.dispose()
  }
})

/** The nearest number with an 11-bit mantissa. */
function half(value: number): number {
  if (value === 0) return 0
  const grain = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10)
  const [grains, odd] = [value / grain, Math.floor(value / grain) % 2 !== 0]
  return grain * (grains % 1 === 0.5 && !odd ? Math.floor(grains) : Math.round(grains))
}

t.test('the module and its bounds are those of the network with these weights', async (t) => {
  const net = await (networks['a network of two outputs'] as () => Promise<PsilonNet>)()
  const parameters = Object.entries(net.parameters).flatMap(([name, { data, shape }]) => {
    const [prefix, kind] = [name.slice(0, -1), name.slice(-1)]
    if (kind === 'g') return []
    if (kind === 'b') return [[name, { shape, data: data.map(half) }]]
    const lengths = net.parameters[`${prefix}g`]?.data as Float32Array
    const [rows, columns] = shape as [number, number]
    const weights = data.map((value, at) => {
      const i = Math.floor(at / columns)
      const norm = sum(data.subarray(i * columns, (i + 1) * columns), Math.abs)
      return half(((lengths[lengths.length === rows ? i : 0] as number) * value) / norm)
    })
    return [[name, { shape, data: weights }]]
  })
  const rounded = fromParameters(Object.fromEntries(parameters), { normalization: 'none' })
  const module = await moduleOf(t.testdir(), net.toJavaScript({ weights: 'float16', bounds: true }))
  t.equal(module.pathNorm, rounded.pathNorm())
  t.not(module.pathNorm, net.pathNorm())
  const { data } = await rounded.predict(networkRows)
  const found = networkRows.flatMap((row) => module.predict(row) as number[])
  t.ok(found.every((value, k) => Math.abs(value - (data[k] as number)) < 1e-6))
  net.dispose()
  rounded.dispose()
})

t.test('what cannot be rounded is refused', async (t) => {
  const withWeight = (weight: number, Floats: Float32ArrayConstructor | Float64ArrayConstructor) =>
    fromParameters({
      'layers.0.v': { shape: [1, 1], data: Floats.of(weight) },
      'layers.0.b': { shape: [1], data: Floats.of(0) },
      'layers.1.v': { shape: [1, 1], data: Floats.of(1e-32) },
      'layers.1.b': { shape: [1], data: Floats.of(0) },
    })
  const [large, huge] = [withWeight(7e4, Float32Array), withWeight(1e90, Float64Array)]
  for (const form of ['toJavaScript', 'toC'] as const) {
    t.throws(() => large[form]({ weights: 'int4' as never }), {
      code: 'ERR_OPTION',
      message: `[${form}] weights must be one of "exact", "float16", "int8", got "int4"`,
    })
    t.throws(() => large[form]({ weights: 'float16' }), {
      code: 'ERR_UNSUPPORTED',
      message: `[${form}] the network has the number 70,000, and float16 has none beyond 65,504; expected weights: "int8"`,
    })
    t.throws(() => huge[form]({ weights: 'int8' }), {
      code: 'ERR_UNSUPPORTED',
      message:
        /the network has the number 1\.000e\+90, and int8 has none beyond 1\.6099e\+32; expected weights: "exact"/,
    })
  }
  const module = await moduleOf(t.testdir(), large.toJavaScript({ weights: 'int8' }))
  t.ok(module.selfTest())
  large.dispose()
  huge.dispose()
  const old = await load('test/fixtures/models-0.1.0/regressor.safetensors')
  t.throws(() => old.toJavaScript({ weights: 'int8' }), { code: 'ERR_UNSUPPORTED', message: /train the model again/ })
  old.dispose()
})

t.test('a pruned network has at most 4 kB', async (t) => {
  const table = (await readTable(bundled('MagicTelescope.csv.gz'))).slice(0, 2000)
  const model = new PsilonClassifier({ preset: 'fast', encoding: 'standard', prune: { sparsity: 0.9 } })
  await model.fit(table, { target: 'target' })
  model.compact()
  const sizeOf = (options: object) => gzipSync(model.toJavaScript(options)).length
  const sizes = [{}, { weights: 'float16' }, { weights: 'int8' }].map(sizeOf) as [number, number, number]
  t.ok(sizes[0] > sizes[1] && sizes[1] > sizes[2] && sizes[2] < 4000, `${sizes}`)
  model.dispose()
})
