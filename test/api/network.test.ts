import { type Bound, PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { sliceClasses, smoothTargets, someRows } from '../support/tables.js'

const x = someRows(60, 4)
const small = { inputs: 4, hidden: 6, depth: 2 }
const kinds = [
  ['PsilonNet', (options: object = {}) => new PsilonNet({ ...small, ...options })],
  ['PsilonResNet', (options: object = {}) => new PsilonResNet({ ...small, ...options })],
] as const

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)
const close = (a: number, b: number, tolerance: number) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))

for (const [name, make] of kinds) {
  t.test(`${name}: outputs have a shape and the network's dtype`, async (t) => {
    for (const [dtype, Floats] of [
      ['float32', Float32Array],
      ['float64', Float64Array],
    ] as const) {
      const net = make({ outputs: 3, dtype })
      const { data, shape } = await net.predict(x)
      t.same(shape, [60, 3])
      t.equal(data.length, 180)
      t.ok(data instanceof Floats && data.every(Number.isFinite))
      t.same(net.predictSync(x), { data, shape }, 'predictSync gives the same bits')
    }
  })

  t.test(`${name}: threads do not change the bits of a prediction`, async (t) => {
    const net = make({ hidden: 300, outputs: 3 })
    for (const rows of [1, 3, 200]) {
      const some = someRows(rows, 4)
      const { data } = net.predictSync(some)
      for (const threads of [2, 3]) {
        t.same(net.predictSync(some, { threads }).data, data)
        t.same((await net.predict(some, { threads })).data, data)
      }
    }
    t.throws(() => net.predictSync(x, { threads: 0 }), { code: 'ERR_OPTION', message: /^\[predictSync\] threads / })
    await t.rejects(net.predict(x, { thread: 2 } as never), { code: 'ERR_OPTION', message: /"threads"/ })
  })

  t.test(`${name}: what was predicted before does not change the bits`, async (t) => {
    const net = make({ hidden: 70 })
    const rows = someRows(1026, 4)
    const { data } = net.predictSync(rows)
    t.same((await net.predict(rows)).data, data)
    await net.predict(someRows(2000, 4))
    t.same(net.predictSync(rows).data, data)
    const part = { data: rows.data.slice(0, 4 * 400), shape: [400, 4] }
    t.same(net.predictSync(part).data, data.slice(0, 400))
  })

  t.test(`${name}: the seed decides the initial weights`, async (t) => {
    t.same(make({ seed: 4 }).parameters, make({ seed: 4 }).parameters)
    t.notSame(make({ seed: 4 }).parameters, make({ seed: 5 }).parameters)
  })

  t.test(`${name}: parameters are copies, and can be put back`, async (t) => {
    const net = make({ outputs: 2, seed: 1 })
    const { parameters } = net
    for (const { data } of Object.values(net.parameters)) data.fill(9)
    t.same(net.parameters, parameters)
    const other = make({ outputs: 2, seed: 2 })
    other.setParameters(parameters)
    t.same(other.predictSync(x), net.predictSync(x))
    for (const { data } of Object.values(parameters)) data.fill(9)
    t.same(other.predictSync(x), net.predictSync(x), 'setParameters copies too')
  })

  t.test(`${name}: path norms, Lipschitz constant and influence agree`, async (t) => {
    const net = make({ outputs: 3, seed: 6, dtype: 'float64' })
    await net.fit({ x, y: someRows(60, 3, 8) }, { epochs: 5, learningRate: 0.02 })
    for (const bound of ['original', 'improved', 'tight'] as Bound[]) {
      const each = [0, 1, 2].map((output) => net.pathNorm({ bound, output }))
      t.ok(close(net.pathNorm({ bound }), sum(each), 1e-12), `${bound}: the norm is the sum over outputs`)
      t.ok(close(sum(net.influence({ bound })), net.pathNorm({ bound }), 1e-12), `${bound}: influences sum to it`)
      const ofOne = net.influence({ bound, output: 1 })
      t.equal(ofOne.length, 4)
      t.ok(close(sum(ofOne), each[1] as number, 1e-12), `${bound}: of one output too`)
    }
    t.equal(net.pathNorm(), net.pathNorm({ bound: 'improved' }))
    const tight = [0, 1, 2].map((output) => net.pathNorm({ bound: 'tight', output }))
    t.equal(net.lipschitz(), Math.max(...tight))
  })

  t.test(`${name}: no output moves further than the Lipschitz constant allows`, async (t) => {
    const net = make({ outputs: 2, seed: 6, dtype: 'float64' })
    await net.fit({ x, y: someRows(60, 2, 8) }, { epochs: 20, learningRate: 0.05 })
    const a = net.predictSync(x)
    for (const step of [1e-3, 0.5, 30]) {
      const moves = someRows(60, 4, 77).data
      const moved = { data: x.data.map((value, k) => value + step * (moves[k] as number)), shape: x.shape }
      const b = net.predictSync(moved)
      a.data.forEach((value, k) => {
        const row = Math.floor(k / 2)
        const distance = step * Math.max(...Array.from(moves.subarray(4 * row, 4 * row + 4), Math.abs))
        const moved = Math.abs(value - (b.data[k] as number))
        if (moved > net.lipschitz() * distance * (1 + 1e-9)) t.fail(`output ${k} moved by ${moved}`)
      })
    }
    t.ok(net.lipschitz() > 0)
  })

  t.test(`${name}: pruning reaches the target sparsity, compaction keeps the function`, async (t) => {
    const net = make({ inputs: 4, hidden: 24, dtype: 'float64', seed: 9 })
    await net.fit({ x, y: smoothTargets(x) }, { epochs: 30, batchSize: 20, learningRate: 0.02 })
    t.equal(net.sparsity().exact, 0)
    const before = net.predictSync(x)
    const pruned = net.prune({ sparsity: 0.7 })
    t.same(pruned, net.sparsity())
    t.ok(pruned.exact >= 0.7 - 1e-9, `exact sparsity is ${pruned.exact}`)
    t.equal(pruned.layers.length, 3)
    t.equal(net.config.pruned, true)
    t.notSame(net.predictSync(x), before)

    const outputs = net.predictSync(x).data
    const { parametersBefore, parametersAfter, hidden } = net.compact()
    const size = (parameters: object) => sum(Object.values(parameters).map(({ data }) => data.length))
    t.equal(parametersAfter, size(net.parameters))
    t.ok(parametersAfter <= parametersBefore)
    t.same(hidden, net.config.hidden)
    net.predictSync(x).data.forEach((value, k) => {
      if (!close(value, outputs[k] as number, 1e-12)) t.fail(`output ${k} is ${value}, was ${outputs[k]}`)
    })
  })

  t.test(`${name}: a fit with pruning ends with exact zeros, and a further fit keeps them`, async (t) => {
    const net = make({ hidden: 16, seed: 2 })
    const data = { x, y: smoothTargets(x) }
    const options = { epochs: 40, batchSize: 20, learningRate: 0.01 }
    const { epochs } = await net.fit(data, { ...options, prune: { sparsity: 0.6 } })
    t.ok(net.sparsity().exact >= 0.6 - 1e-6, `exact sparsity is ${net.sparsity().exact}`)
    const alphas = epochs.map((epoch) => epoch.alpha)
    t.equal(alphas[0], 0)
    t.ok(alphas.some((alpha) => alpha > 0 && alpha < 1))
    const zeros = () => Object.values(net.parameters).map(({ data }) => Array.from(data, (value) => value === 0))
    const { exact } = net.sparsity()
    const found = zeros().flat().filter(Boolean).length
    await net.fit(data, options)
    t.ok(net.sparsity().exact >= exact)
    t.ok(zeros().flat().filter(Boolean).length >= found)
  })

  t.test(`${name}: probabilities of classes`, async (t) => {
    const net = make({ outputs: 3 })
    await net.fit({ x, y: sliceClasses(x, 3) }, { loss: 'softmax', epochs: 2 })
    t.equal(net.loss, 'softmax')
    const { data, shape } = await net.predictProba(x)
    t.same(shape, [60, 3])
    const logits = net.predictSync(x).data
    for (let i = 0; i < 60; i++) {
      const row = data.subarray(3 * i, 3 * i + 3)
      if (!close(sum(row), 1, 1e-6)) t.fail(`row ${i} sums to ${sum(row)}`)
      const ratio = Math.log((row[0] as number) / (row[1] as number))
      const difference = (logits[3 * i] as number) - (logits[3 * i + 1] as number)
      if (!close(ratio, difference, 1e-4)) t.fail(`row ${i}: log ratio ${ratio}, difference of logits ${difference}`)
    }
  })

  t.test(`${name}: probabilities of several binary outputs`, async (t) => {
    const net = make({ outputs: 2, dtype: 'float64' })
    await net.fit({ x, y: Array.from({ length: 60 }, (_, i) => [i % 2, 0.5]) }, { loss: 'bce', epochs: 2 })
    const { data, shape } = await net.predictProba(x)
    t.same(shape, [60, 2])
    net.predictSync(x).data.forEach((logit, k) => {
      if (!close(data[k] as number, 1 / (1 + Math.exp(-logit)), 1e-14)) t.fail(`probability ${k} of logit ${logit}`)
    })
  })

  t.test(`${name}: within its certified radius no row changes its class`, async (t) => {
    const net = make({ outputs: 3, dtype: 'float64', seed: 3 })
    await net.fit({ x, y: sliceClasses(x, 3) }, { loss: 'softmax', epochs: 30, learningRate: 0.02 })
    const { classes, radii } = await net.certify(x, { bound: 'improved' })
    t.equal(classes.length, 60)
    t.ok(radii.every((radius) => radius >= 0))
    const tight = await net.certify(x, { bound: 'tight' })
    t.ok(
      tight.radii.every((radius, i) => radius >= (radii[i] as number) * (1 - 1e-12)),
      'tight is never smaller',
    )
    const moves = someRows(60, 4, 5).data
    const moved = {
      data: x.data.map((v, k) => v + 0.999 * Math.sign(moves[k] as number) * (tight.radii[k >> 2] as number)),
      shape: x.shape,
    }
    t.same((await net.certify(moved)).classes, classes)
  })
}

t.test('one logit: class 1 above 0', async (t) => {
  const net = new PsilonNet(small)
  await net.fit({ x, y: sliceClasses(x, 2) }, { loss: 'bce', epochs: 2 })
  const { classes } = await net.certify(x)
  t.same(
    Array.from(classes),
    Array.from(net.predictSync(x).data, (logit) => (logit > 0 ? 1 : 0)),
  )
})

t.test('probabilities and certificates need a loss that has classes', async (t) => {
  const net = new PsilonNet({ ...small, outputs: 2 })
  await t.rejects(net.predictProba(x), {
    code: 'ERR_NOT_FITTED',
    message: '[predictProba] the network has not been trained; probabilities need a fit',
  })
  await net.certify(x)
  await net.fit({ x, y: someRows(60, 2) }, { epochs: 1 })
  await t.rejects(net.predictProba(x), {
    code: 'ERR_UNSUPPORTED',
    message: '[predictProba] the network was trained with the loss "mse", probabilities need "bce" or "softmax"',
  })
  const expected = 'expected "softmax", or "bce" with one output'
  await t.rejects(net.certify(x), {
    code: 'ERR_UNSUPPORTED',
    message: `[certify] the network was trained with the loss "mse" and 2 outputs, ${expected}`,
  })
  await net.fit({ x, y: Array(60).fill([0, 1]) }, { loss: 'bce', epochs: 1 })
  await t.rejects(net.certify(x), { code: 'ERR_UNSUPPORTED', message: /loss "bce" and 2 outputs/ })
})

t.test('rows that do not fit the network are refused', async (t) => {
  const net = new PsilonNet({ inputs: 12, hidden: 3 })
  const message = '[predict] x has 11 columns, the network has 12 inputs'
  await t.rejects(net.predict(someRows(2, 11)), { code: 'ERR_SHAPE', message })
  t.throws(() => net.predictSync(someRows(2, 13)), { code: 'ERR_SHAPE', message: /^\[predictSync\] x has 13 columns/ })
  await t.rejects(net.certify(someRows(2, 11)), { code: 'ERR_SHAPE', message: /^\[certify\] x has 11 columns/ })
  await t.rejects(net.predict([]), { code: 'ERR_DATA', message: /^\[predict\] x is empty/ })
})

t.test('options of the bounds are checked', async (t) => {
  const net = new PsilonNet({ ...small, outputs: 2 })
  const refused: [() => unknown, string][] = [
    [() => net.pathNorm({ output: 2 }), '[pathNorm] output must be an integer from 0 to 1, got 2'],
    [() => net.influence({ outputs: 0 } as never), '[influence] unknown option "outputs"; did you mean "output"?'],
    [
      () => net.pathNorm({ bound: 'tigth' as never }),
      '[pathNorm] bound must be one of "original", "improved", "tight", got "tigth"; did you mean "tight"?',
    ],
  ]
  for (const [call, message] of refused) t.throws(call, { code: 'ERR_OPTION', message })
  await t.rejects(net.certify(x, { output: 0 } as never), {
    code: 'ERR_OPTION',
    message: '[certify] unknown option "output"',
  })
})

t.test('pruning is refused where it cannot be done', async (t) => {
  const net = new PsilonNet(small)
  t.throws(() => net.prune({}), {
    code: 'ERR_OPTION',
    message: '[prune] pruning takes either sparsity or scale, got neither',
  })
  t.throws(() => net.prune({ sparsity: 0.999 }), { code: 'ERR_UNREACHABLE', message: /^\[prune\] / })
  const plain = new PsilonNet({ ...small, normalization: 'none' })
  t.throws(() => plain.prune({ sparsity: 0.5 }), {
    code: 'ERR_UNSUPPORTED',
    message: /^\[prune\] the network has norm/,
  })
  t.equal(plain.sparsity().projected, null)
})

t.test('parameters that do not fit are refused, and nothing is changed', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: [3], outputs: 1 })
  const { parameters } = net
  const withData = (name: string, data: object, shape = parameters[name]?.shape) => ({
    ...parameters,
    [name]: { shape, data },
  })
  const { 'layers.1.b': _, ...missing } = parameters
  const refused: [parameters: object, code: string, message: RegExp][] = [
    [missing, 'ERR_SHAPE', /parameter "layers\.1\.b" is missing$/],
    [
      { ...parameters, 'layers.0.w': parameters['layers.0.v'] },
      'ERR_SHAPE',
      /unknown parameter "layers\.0\.w"; did you/,
    ],
    [
      withData('layers.0.b', new Float32Array(2), [2]),
      'ERR_SHAPE',
      /"layers\.0\.b" has shape \[2\], the network has \[3\]$/,
    ],
    [withData('layers.0.b', new Float32Array(2)), 'ERR_DATA', /"layers\.0\.b" must be \{ shape, data \}/],
    [withData('layers.0.b', [0, 0, 0]), 'ERR_DATA', /"layers\.0\.b" must be \{ shape, data \}/],
    [
      withData('layers.0.b', Float32Array.of(0, Number.NaN, 0)),
      'ERR_DATA',
      /"layers\.0\.b" has NaN at 1, expected finite/,
    ],
    [
      withData('layers.0.b', Float64Array.of(0, 1e300, 0)),
      'ERR_DATA',
      /"layers\.0\.b" has 1e\+300 at 1, expected finite/,
    ],
    [
      withData('layers.0.v', Float32Array.of(1, 2, 0, 0, 3, 4)),
      'ERR_DATA',
      /row 1 of the weights of layer 0 is all zero/,
    ],
  ]
  for (const [given, code, message] of refused) t.throws(() => net.setParameters(given as never), { code, message })
  t.same(net.parameters, parameters)
  const plain = new PsilonNet({ inputs: 2, hidden: [3], normalization: 'none' })
  plain.setParameters({ ...plain.parameters, 'layers.0.v': { shape: [3, 2], data: new Float32Array(6) } })
})
