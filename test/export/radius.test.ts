import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PsilonClassifier, type PsilonRegressor } from 'psilon'
import t from 'tap'
import { generator } from '../support/core.js'
import { noCompiler, printed } from './compiled.js'
import { drawOptions, drawTable, type Row } from './drawn.js'
import { estimators, networkRows, networks } from './models.js'

/** `radius` of exported code: nothing within it changes the class, and it is as large as that of level 'global'. */

interface Exported {
  columns: { kind: string; name: string; levels?: string[]; deviation?: number }[]
  radius(row: unknown): number
  predict(row: unknown): unknown
  predictProba(row: unknown): number[]
}

async function moduleOf(folder: string, text: string): Promise<Exported> {
  const path = join(folder, `model${text.length}.mjs`)
  await writeFile(path, text)
  return await import(pathToFileURL(path).href)
}

type Cells = (Row[string] | undefined)[]

/** Cells whose numbers have moved by their share of less than the radius. */
function moved({ columns }: Exported, cells: Cells, radius: number, shares: readonly number[]): Cells {
  return cells.map((cell, j) => {
    const { kind, deviation = 1 } = columns[j] as Exported['columns'][number]
    if (kind !== 'numeric' || typeof cell !== 'number') return cell
    const to = cell + (shares[j] as number) * Math.min(radius, 1e9) * deviation
    return Math.abs(to - cell) < radius * deviation ? to : cell
  })
}

/** The logarithm of the odds of the predicted class. */
function marginOf(module: Exported, row: unknown, own: number): number {
  const chances = module.predictProba(row)
  return Math.log(chances[own] as number) - Math.log(Math.max(...chances.filter((_, k) => k !== own)))
}

/** Whether a corner, or a place on the way to it, has another class: corners at random, and better ones next to them. */
function isFlipped(module: Exported, cells: Cells, radius: number, next: () => number): boolean {
  const own = module.predict(cells)
  const chances = module.predictProba(cells)
  const k = chances.indexOf(Math.max(...chances))
  for (let start = 0; start < 4; start++) {
    const signs = cells.map(() => Math.sign(next()) || 1)
    let least = Infinity
    for (let j = -1; j < 2 * signs.length; j++) {
      const turned = signs.map((sign, i) => (i === j % signs.length ? -sign : sign))
      const margin = marginOf(
        module,
        moved(
          module,
          cells,
          radius,
          turned.map((sign) => sign * 0.999999),
        ),
        k,
      )
      if (!(margin < least)) continue
      least = margin
      signs.splice(0, signs.length, ...turned)
    }
    for (const share of [0.999999, 0.9, 0.5 + next() / 2]) {
      if (
        module.predict(
          moved(
            module,
            cells,
            radius,
            signs.map((sign) => sign * share),
          ),
        ) !== own
      )
        return true
    }
  }
  return false
}

/** Radii of rows by the header, and how many of 300 places within each have another class. */
async function byHeader(folder: string, header: string, { columns }: Exported, rows: readonly Cells[]) {
  const number = (cell: Cells[number], j: number) => {
    const { kind, levels = [] } = columns[j] as Exported['columns'][number]
    if (cell === null || cell === undefined) return 'NAN'
    return kind === 'numeric' ? Number(cell).toExponential() : String(levels.indexOf(String(cell)))
  }
  const main = `  static const double rows[][${columns.length}] = {
${rows.map((cells) => `    {${cells.map(number).join(', ')}},`).join('\n')}
  };
  static const double deviations[] = {${columns.map(({ deviation = 0 }) => deviation.toExponential()).join(', ')}};
  unsigned long seed = 1;
  int i, j, n;
  for (i = 0; i < ${rows.length}; i++) {
    const double radius = model_radius(rows[i]), within = fmin(radius, 1e9);
    const int own = model_predict(rows[i]);
    int flips = 0;
    for (n = 0; n < 300; n++) {
      const double share = n % 3 == 0 ? 0.999999 : n % 3 == 1 ? 0.7 : (n + 1) / 301.0;
      double moved[${columns.length}];
      for (j = 0; j < ${columns.length}; j++) {
        seed = (seed * 1103515245UL + 12345UL) % 2147483648UL;
        moved[j] = rows[i][j];
        if (deviations[j] > 0.0) moved[j] += (seed >> 16 & 1 ? share : -share) * within * deviations[j];
        if (!(fabs(moved[j] - rows[i][j]) < radius * deviations[j])) moved[j] = rows[i][j];
      }
      flips += model_predict(moved) != own;
    }
    printf("%.17g %d\\n", radius, flips);
  }
  printf("%d\\n", model_self_test());`
  const lines = await printed(folder, header, main)
  t.equal(lines.pop(), '1')
  return lines.map((line) => {
    const [radius, flips] = line.split(' ').map((text) => (text === 'inf' ? Infinity : Number(text)))
    return { radius: radius as number, flips: flips as number }
  })
}

let flipsBeyond = 0

for (let seed = 1; seed <= 16; seed++) {
  t.test(`nothing within a radius changes the class, seed ${seed}`, { skip: noCompiler }, async (t) => {
    const next = generator(seed)
    const { rows, others, numeric } = drawTable(next)
    const options = drawOptions(seed, next)
    const model = new PsilonClassifier({ ...options, epochs: 25, learningRate: 1e-2 })
    const classes = 2 + (seed % 2)
    const first = numeric[0] as string
    const numbers = rows.map((row) => Number(row[first])).sort((a, b) => a - b)
    const target = rows.map((row) => `c${Math.floor((classes * numbers.indexOf(Number(row[first]))) / numbers.length)}`)
    await model.fit(
      rows.map((row, i) => ({ ...row, target: target[i] as string })),
      { target: 'target' },
    )
    if (seed % 3 === 0 && options.normalization !== 'none') model.prune({ scale: 2 })
    const all = [...rows.slice(0, 25), ...others]
    const folder = t.testdir()
    const module = await moduleOf(folder, model.toJavaScript({ bounds: true }))
    const cells = all.map((row) => module.columns.map(({ name }) => row[name]))
    const found = cells.map((row) => module.radius(row))
    const global = await model.certify(all, { level: 'global', bound: 'tight' })
    const exact = await model.certify(all, { level: 'exact', budget: 200 })
    const same = options.dtype === 'float64' ? 2e-3 : Infinity
    const header = await byHeader(folder, model.toC({ bounds: true }), module, cells)
    for (const [i, radius] of found.entries()) {
      const { radius: inC, flips } = header[i] as { radius: number; flips: number }
      const [addon, upper] = [global.radii[i] as number, exact.upper[i] as number]
      t.ok(radius >= 0 && radius <= upper * (1 + 1e-5), `${radius}, at most ${upper}`)
      t.ok(inC >= 0 && inC <= radius * (1 + 1e-3), `${inC} in C, ${radius} in JavaScript`)
      t.notOk(isFlipped(module, cells[i] as Cells, radius, next), `radius ${radius} of row ${i}`)
      t.equal(flips, 0, `radius ${inC} in C of row ${i}`)
      if (i < 25 && addon > 1e-3) {
        t.ok(radius >= addon * (1 - 1e-3) && radius <= addon * (1 + same), `${radius}, by the library ${addon}`)
        t.ok(inC >= addon * (1 - 2e-3), `${inC} in C, by the library ${addon}`)
      }
      if (radius > 0 && isFlipped(module, cells[i] as Cells, radius * 3, next)) flipsBeyond++
    }
    const rounded = { bounds: true, weights: seed % 2 === 0 ? 'int8' : 'float16' } as const
    const small = await moduleOf(folder, model.toJavaScript(rounded))
    for (const [i, { radius, flips }] of (await byHeader(folder, model.toC(rounded), small, cells)).entries()) {
      const inModule = small.radius(cells[i])
      t.notOk(isFlipped(small, cells[i] as Cells, inModule, next), `radius ${inModule} of row ${i}, ${rounded.weights}`)
      t.ok(flips === 0 && radius <= inModule * (1 + 1e-3), `radius ${radius} in C of row ${i}, ${rounded.weights}`)
    }
    model.dispose()
  })
}

t.test('the attacks find another class beyond the radius', async (t) => {
  t.ok(flipsBeyond > 50, `${flipsBeyond}`)
})

/** The first number and the second are compared: rows far from those of training are as close to the boundary as can be. */
async function comparison(dtype: 'float32' | 'float64'): Promise<PsilonClassifier> {
  const next = generator(3)
  const rows = Array.from({ length: 400 }, () => {
    const [a, b] = [next(), next()]
    return { a, b, y: a > b ? 'A' : 'B' }
  })
  const small = { preset: 'paper', hidden: 16, depth: 2, epochs: 60, batchSize: 100, seed: 3 } as const
  const model = new PsilonClassifier({ ...small, lambda: 1e-3, learningRate: 1e-2, dtype })
  await model.fit(rows, { target: 'y' })
  return model
}

for (const dtype of ['float32', 'float64'] as const) {
  t.test(`rows far from those of training, ${dtype}`, { skip: noCompiler }, async (t) => {
    const model = await comparison(dtype)
    const folder = t.testdir()
    const module = await moduleOf(folder, model.toJavaScript({ bounds: true }))
    const rows = [1, 1e3, 1e6, 1e8, 1e12, 1e15].flatMap((scale) =>
      Array.from({ length: 10 }, (_, k) => {
        const a = scale * (1 + k / 10)
        let [low, high] = [0.3 * a, 3 * a]
        for (let step = 0; step < 60; step++) {
          const b = (low + high) / 2
          if (module.predict([a, b]) === module.predict([a, 0.3 * a])) low = b
          else high = b
        }
        return [0.1, 0.5, 1, 2, 3, 5, 8, 20, 1e3, 1e5].map((off) => [
          a,
          low - off * scale * (dtype === 'float32' ? 1e-7 : 1e-16),
        ])
      }).flat(),
    )
    const header = await byHeader(folder, model.toC({ bounds: true }), module, rows)
    const next = generator(4)
    const found = rows.map((row) => module.radius(row))
    found.forEach((radius, i) => {
      if (isFlipped(module, rows[i] as Cells, radius, next)) t.fail(`radius ${radius} of ${rows[i]}`)
      const { radius: inC, flips } = header[i] as { radius: number; flips: number }
      if (flips > 0) t.fail(`radius ${inC} in C of ${rows[i]}`)
    })
    const positive = [found, header.map(({ radius }) => radius)].map(
      (radii) => radii.filter((radius) => radius > 0).length,
    )
    t.ok(
      positive.every((count) => count > 50),
      `${positive} of ${rows.length} are not 0`,
    )
    t.ok((positive[1] as number) < rows.length - 50, 'rounding leaves no radius to others')
    t.throws(() => module.radius([1, 2, 3]), TypeError)
    model.dispose()
  })
}

t.test('a network has a radius if its outputs are classes', { skip: noCompiler }, async (t) => {
  for (const [name, make] of Object.entries(networks)) {
    const net = await make()
    const module = await moduleOf(t.testdir({ [name]: {} }), net.toJavaScript({ bounds: true }))
    if (net.loss === 'mse') {
      t.notOk('radius' in module)
      t.notMatch(net.toC({ bounds: true }), /model_radius/)
      net.dispose()
      continue
    }
    const { radii } = await net.certify(networkRows, { level: 'global', bound: 'tight' })
    const real = net.config.dtype === 'float32' ? 'float' : 'double'
    const lines = await printed(
      t.testdir(),
      net.toC({ bounds: true }),
      networkRows
        .map(
          (row) =>
            `  { const model_real row[] = {${row.map((value) => `(${real})${value}`).join(', ')}}; printf("%.17g\\n", model_radius(row)); }`,
        )
        .join('\n'),
    )
    networkRows.forEach((row, i) => {
      const radius = module.radius(row)
      const [addon, inC] = [radii[i] as number, Number(lines[i])]
      const isNear = (found: number) => Math.abs(found - addon) < 2e-3 * addon + 1e-5
      t.ok(isNear(radius) && isNear(inC), `${radius} in JavaScript, ${inC} in C, by the library ${addon}`)
    })
    net.dispose()
  }
})

t.test('models without classes have no radius', async (t) => {
  const model = await (estimators['a regressor'] as () => Promise<PsilonRegressor>)()
  t.notOk('radius' in (await moduleOf(t.testdir(), model.toJavaScript({ bounds: true }))))
  t.notMatch(model.toC({ bounds: true }), /model_radius/)
  model.dispose()
})
