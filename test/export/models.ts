import { PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import { generator } from '../support/core.js'

/** Models of every kind that can be exported, each trained a little. */

type Row = Record<string, number | string | boolean | null>

/** Numbers, numbers with missing cells, words, codes with missing cells, booleans, two values. */
export function rowsOf(count: number, seed: number): Row[] {
  const next = generator(seed)
  return Array.from({ length: count }, () => {
    const size = 50 + 40 * next()
    const age = next() > 0.6 ? null : Math.exp(3 * next())
    const color = ['red', 'green', 'blue'][Math.floor(1.5 * (next() + 1))] as string
    const code = next() > 0.7 ? null : (['01', '02', '10'][Math.floor(1.5 * (next() + 1))] as string)
    const flag = next() > 0
    const price = 1000 + 30 * size + (age ?? 50) + (color === 'red' ? 500 : 0) + (flag ? 200 : 0) + 20 * next()
    return { size, age, color, code, flag, two: next() > 0 ? 7 : 3, price, kind: `${price > 2600 ? 'dear' : 'cheap'}` }
  })
}

const rows = rowsOf(200, 1)
const without = (name: string) => rows.map(({ [name]: _, ...row }) => row as Row)

export const unlike: Row[] = [
  ...rowsOf(40, 2),
  { size: 51.5, age: 3, color: 'violet', code: '7', flag: true, two: 3, kind: 'dear' },
  { size: -1e6, age: null, color: null, code: null, flag: null, two: null, kind: 'dear' },
  { size: '60.5', age: ' 7 ', color: ' red', code: '01', flag: 'TRUE', two: '7.0', kind: 'dear' },
  { size: 'NA', age: '?', color: '', code: 'null', flag: false, two: 5, kind: 'dear' },
]

const small = { preset: 'paper', hidden: 8, depth: 2, epochs: 20, batchSize: 50, seed: 3, lambda: 1e-3 } as const

async function regressor(options: object): Promise<PsilonRegressor> {
  const model = new PsilonRegressor({ ...small, ...options })
  await model.fit(without('kind'), { target: 'price' })
  return model
}

async function classifier(target: string, options: object): Promise<PsilonClassifier> {
  const model = new PsilonClassifier({ ...small, ...options })
  await model.fit(without('price'), { target })
  return model
}

export const estimators: Record<string, () => Promise<PsilonRegressor | PsilonClassifier>> = {
  'a regressor': () => regressor({}),
  'a regressor of asinh': () => regressor({ encoding: 'asinh' }),
  'a regressor of robust': () => regressor({ encoding: 'robust', normalization: 'l2' }),
  'a regressor of rank-normal in float64': () => regressor({ encoding: 'rank-normal', dtype: 'float64' }),
  'a residual regressor of piecewise-linear': () =>
    regressor({ encoding: 'piecewise-linear', kind: 'resnet', depth: 3 }),
  'a regressor of a logarithm': () => regressor({ encoding: 'asinh', targetTransform: 'log' }),
  'a regressor of the logarithm of 1 + a value, in float64': () =>
    regressor({ encoding: 'rank-normal', dtype: 'float64', targetTransform: 'log1p' }),
  'a regressor without normalization': () => regressor({ normalization: 'none', regularizer: 'l2' }),
  'a regressor that takes no account of a column, and of missing cells': async () => {
    const model = await regressor({})
    const network = model.network as PsilonNet
    const { parameters } = network
    const { data, shape } = parameters['layers.0.v'] as { data: Float32Array; shape: number[] }
    const unused = model.features.flatMap(({ name }, j) => (['size', 'age is missing'].includes(name) ? [j] : []))
    network.setParameters({
      ...parameters,
      'layers.0.v': { shape, data: data.map((v, at) => (unused.includes(at % (shape[1] as number)) ? 0 : v)) },
    })
    return model
  },
  'a pruned average': async () => {
    const model = await regressor({ ensemble: 3, prune: { sparsity: 0.6 } })
    model.compact()
    return model
  },
  'an average over encodings': () => regressor({ preset: 'balanced', hidden: 8, ensemble: 4 }),
  'two classes': () => classifier('kind', {}),
  'three classes': () => classifier('color', { ensemble: 2 }),
  'classes that are booleans': () => classifier('flag', {}),
}

const x = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(2 * i), Math.sin(3 * i)])

async function trained<Net extends PsilonNet | PsilonResNet>(net: Net, loss: 'mse' | 'bce' | 'softmax'): Promise<Net> {
  const y = {
    mse: x.map(([a, b]) => [a, b]),
    bce: x.map(([a]) => Number((a as number) > 0)),
    softmax: x.map((_, i) => i % 3),
  }
  await net.fit({ x, y: y[loss] as number[] }, { loss, epochs: 10, batchSize: 20 })
  return net
}

export const networks: Record<string, () => Promise<PsilonNet | PsilonResNet>> = {
  'a network of two outputs': () => trained(new PsilonNet({ inputs: 3, hidden: [5, 4], outputs: 2, seed: 1 }), 'mse'),
  'a residual network in float64': () =>
    trained(new PsilonResNet({ inputs: 3, hidden: 6, depth: 3, outputs: 3, dtype: 'float64', seed: 2 }), 'softmax'),
  'a network of one logit': () =>
    trained(new PsilonNet({ inputs: 3, hidden: 6, depth: 1, outputs: 1, seed: 3 }), 'bce'),
}

export { x as networkRows }

/** Whether a prediction of another form is that of the library, to the rounding of float32. */
export const isClose = (found: unknown, wanted: unknown): boolean =>
  Math.abs(Number(found) - Number(wanted)) <= 1e-5 * (1 + Math.abs(Number(wanted)))
