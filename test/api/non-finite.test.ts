import { type Dtype, type Normalization, PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { Ensemble } from '#psilon/network/ensemble.js'
import { refuses } from '../support/refusal.js'

type Kind = typeof PsilonNet | typeof PsilonResNet

/** A network whose weights are these, layer by layer. */
function netOf(weights: number[][], outputs: number): PsilonNet {
  const net = new PsilonNet({ inputs: 2, hidden: [2], outputs, normalization: 'none', dtype: 'float64' })
  const { parameters } = net
  weights.forEach((values, k) => {
    parameters[`layers.${k}.v`]?.data.set(values)
  })
  net.setParameters(parameters)
  return net
}

const why = 'a number overflowed during the computation'
const [zero, one] = [
  [0, 0],
  [1, 0],
]

t.test('outputs are finite, or refused', async (t) => {
  const net = netOf(
    [
      [1e200, 0, 0, 1],
      [0, 1, 1e200, 0],
    ],
    2,
  )
  t.same(net.predictSync([zero]).data, [0, 0])
  const place = 'output 1 of row 1 is Infinity, expected a finite number'
  await refuses(t, 'ERR_NON_FINITE', `[predict] ${place}; ${why}`, () => net.predict([zero, one]))
  await refuses(t, 'ERR_NON_FINITE', `[predictSync] ${place}; ${why}`, () => net.predictSync([zero, one]))
  const { parameters } = net
  const trained = netOf([], 2)
  await trained.fit({ x: [zero], y: [[0, 0]] }, { loss: 'bce', epochs: 1 })
  trained.setParameters(parameters)
  await refuses(t, 'ERR_NON_FINITE', `[predictProba] ${place}; ${why}`, () => trained.predictProba([zero, one]))
})

t.test('a radius is never NaN, and infinite only where no input counts', async (t) => {
  const huge = netOf(
    [
      [1e200, 0, 0, 1],
      [1e200, 0],
    ],
    1,
  )
  const output = `[certify] output 0 of row 1 is Infinity, expected a finite number; ${why}`
  await refuses(t, 'ERR_NON_FINITE', output, () => huge.certify([zero, one]))
  const far = netOf(
    [
      [1e10, 0, 0, 1],
      [1e10, 0],
    ],
    1,
  )
  const message = `[certify] output 0 of row 0 is Infinity, expected a finite number; ${why}`
  await refuses(t, 'ERR_NON_FINITE', message, () => far.certify([[1e300, 0]]))
  const flat = netOf(
    [
      [1, 0, 0, 1],
      [0, 0],
    ],
    1,
  )
  const { parameters } = flat
  parameters['layers.1.b']?.data.fill(1)
  flat.setParameters(parameters)
  t.same(Array.from((await flat.certify([one])).radii), [Infinity])
})

t.test('an output that overflows is refused, though it is not that of the class', async (t) => {
  const net = netOf(
    [
      [1, 0, 0, 1],
      [-1e200, 0, 0, 1],
    ],
    2,
  )
  const message = `[certify] output 0 of row 1 is -Infinity, expected a finite number; ${why}`
  await refuses(t, 'ERR_NON_FINITE', message, () =>
    net.certify([
      [1, 1],
      [1e200, 1],
    ]),
  )
})

t.test('what an average overflows in is refused as for one network', async (t) => {
  const huge = [
    [1e200, 0, 0, 1],
    [1e200, 0, 0, 1],
  ]
  const plain = [
    [1, 0, 0, 1],
    [1, 0, 0, 1],
  ]
  const average = new Ensemble([netOf(plain, 2), netOf(huge, 2)])
  const norm = `the path norm of output 0 is Infinity; ${why}`
  await refuses(t, 'ERR_NON_FINITE', `[pathNorm] ${norm}`, () => average.pathNorm())
  await refuses(t, 'ERR_NON_FINITE', `[lipschitz] ${norm}`, () => average.lipschitz())
  const other = average.pathNorm({ output: 1 })
  t.ok(other >= 1 && other < 1 + 1e-13, 'rounded up')
  const influence = `[influence] the influence of input 0 is Infinity; ${why}`
  await refuses(t, 'ERR_NON_FINITE', influence, () => average.influence())
  const output = `output 0 of row 1 is Infinity, expected a finite number; ${why}`
  await refuses(t, 'ERR_NON_FINITE', `[predict] ${output}`, () => average.predict([zero, one]))
  await refuses(t, 'ERR_NON_FINITE', `[certify] ${output}`, () => average.certify([zero, one]))
})

t.test('bounds are never NaN', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: [2, 2], normalization: 'none', dtype: 'float64' })
  const { parameters } = net
  parameters['layers.0.v']?.data.set([1e200, 0, 1e200, 0])
  parameters['layers.1.v']?.data.set([1e200, 0, 1e200, 0])
  parameters['layers.2.v']?.data.set([0, 1])
  net.setParameters(parameters)
  const norm = `the path norm of output 0 is NaN; ${why}`
  await refuses(t, 'ERR_NON_FINITE', `[pathNorm] ${norm}`, () => net.pathNorm())
  await refuses(t, 'ERR_NON_FINITE', `[lipschitz] ${norm}`, () => net.lipschitz())
  parameters['layers.0.v']?.data.set([1, 0, 0, 0])
  parameters['layers.2.v']?.data.set([1e200, 0])
  net.setParameters(parameters)
  const influence = `[influence] the influence of input 0 is Infinity; ${why}`
  await refuses(t, 'ERR_NON_FINITE', influence, () => net.influence())
})

t.test('bounds are never infinite', async (t) => {
  const huge = netOf(
    [
      [1e200, 0, 0, 1],
      [1e200, 0, 0, 1],
    ],
    2,
  )
  const norm = `the path norm of output 0 is Infinity; ${why}`
  await refuses(t, 'ERR_NON_FINITE', `[pathNorm] ${norm}`, () => huge.pathNorm())
  const other = huge.pathNorm({ output: 1 })
  t.ok(other >= 1 && other < 1 + 1e-13, 'rounded up')
  await refuses(t, 'ERR_NON_FINITE', `[lipschitz] ${norm}`, () => huge.lipschitz())
  await refuses(t, 'ERR_NON_FINITE', `[influence] the influence of input 0 is Infinity; ${why}`, () => huge.influence())
  const large = netOf(
    [
      [1, 0, 0, 1],
      [1e308, 0, 1e308, 0],
    ],
    2,
  )
  const largest = large.pathNorm({ output: 0 })
  t.ok(largest >= 1e308 && largest < 1e308 * (1 + 1e-13), 'rounded up')
  await refuses(t, 'ERR_NON_FINITE', `[pathNorm] the sum over the outputs is Infinity; ${why}`, () => large.pathNorm())
})

t.test('sparsity is finite, or refused', async (t) => {
  const huge = netOf([[1.7e308, 1.7e308, 0, 1]], 2)
  await refuses(t, 'ERR_NON_FINITE', `[sparsity] the near sparsity is NaN; ${why}`, () => huge.sparsity())
  for (const small of [5e-324, 1e-320, 1e-310, 1e-300]) {
    const { near, projected } = netOf([[small, 2 * small, small, small]], 2).sparsity()
    t.ok(near >= 0 && near <= 1, `${near}`)
    t.equal(projected, null)
  }
})

t.test('a fit whose figures overflow ends with the parameters of the epoch before', async (t) => {
  const net = netOf(
    [
      [1e200, 0, 0, 1],
      [0, 1, 1e200, 0],
    ],
    2,
  )
  const { parameters } = net
  const run = net.fit({ x: [zero], y: [[0, 0]] }, { epochs: 1, lambda: 0, regularizer: 'none' })
  await t.rejects(run, {
    code: 'ERR_NON_FINITE',
    message: /^\[fit\] the path norm became non-finite in epoch 1, step 1 /,
  })
  t.same(net.parameters, parameters)
})

t.test('a network is never compacted to one that is not finite', async (t) => {
  const net = new PsilonNet({ inputs: 1, hidden: 2, depth: 1 })
  const { parameters } = net
  parameters['layers.0.v']?.data.set([1, 1])
  parameters['layers.0.g']?.data.set([0])
  parameters['layers.0.b']?.data.set([3e38, 3e38])
  parameters['layers.1.v']?.data.set([1, 1])
  parameters['layers.1.g']?.data.set([4])
  net.setParameters(parameters)
  const message = `[compact] a parameter would not be finite; ${why}`
  await refuses(t, 'ERR_NON_FINITE', message, () => net.compact())
  t.same(net.parameters, parameters)
})

t.test('rows whose norm cannot be trusted are refused', async (t) => {
  const cases: [Kind, Normalization, Dtype, number, string][] = [
    [PsilonNet, 'l1', 'float32', 1e-38, 'the l1 norm 2.00e-38, expected 7.52e-37 to 1.33e+36 in float32'],
    [PsilonNet, 'l1', 'float32', 1e37, 'the l1 norm 2.00e+37, expected 7.52e-37 to 1.33e+36 in float32'],
    [PsilonResNet, 'l2', 'float32', 3e18, 'the l2 norm 4.24e+18, expected 8.67e-19 to 1.15e+18 in float32'],
    [PsilonNet, 'l1', 'float64', 1e308, 'the l1 norm Infinity, expected 9.33e-302 to 1.07e+301 in float64'],
    [PsilonNet, 'l2', 'float64', 1e-200, 'the l2 norm 1.41e-200, expected 3.05e-151 to 3.27e+150 in float64'],
  ]
  for (const [Net, normalization, dtype, value, found] of cases) {
    const net = new Net({ inputs: 2, hidden: 2, depth: 1, normalization, dtype })
    const { parameters } = net
    const name = Net === PsilonNet ? 'layers.1.v' : 'layers.1.vNeg'
    parameters[name]?.data.fill(value)
    const message = `[setParameters] row 0 of the weights of layer 1 has ${found}`
    await refuses(t, 'ERR_DATA', message, () => net.setParameters(parameters))
  }
  const net = new PsilonNet({ inputs: 2, hidden: 2, depth: 1 })
  const { parameters } = net
  parameters['layers.0.v']?.data.set([1e-36, 0, 1e36, 0])
  net.setParameters(parameters)
  t.ok(net.predictSync([one]).data.every(Number.isFinite))
})

t.test('a shape of symbols is refused as any other', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: 2, depth: 1 })
  const tensor = { data: new Float32Array(2), shape: [Symbol('rows'), 2] }
  const message = '[predict] x has shape [Symbol(rows), 2], expected [rows, columns]'
  await refuses(t, 'ERR_SHAPE', message, () => net.predict(tensor as never))
  const expected = 'must be { shape, data } with as many numbers in a typed array of floats'
  await refuses(t, 'ERR_DATA', `[setParameters] parameter "layers.0.b" ${expected}`, () =>
    net.setParameters({ ...net.parameters, 'layers.0.b': tensor } as never),
  )
})
