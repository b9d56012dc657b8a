import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { fitSettings } from '#psilon/fit/settings.js'
import { processors } from '#psilon/machine/processors.js'
import { someRows } from '../support/tables.js'

const { config } = new PsilonNet({ inputs: 2, hidden: 4, outputs: 2, seed: 5 })
const x = someRows(6, 2)
const y = someRows(6, 2, 2)
const validation = { x, y }
const plan = (options: object) => fitSettings(options, config, 5)

t.test('defaults of a PsilonNet', async (t) => {
  t.same(plan({}), {
    native: {
      loss: 'mse',
      regularizer: 'path',
      lambda: 1e-3,
      regWeight: 0.5,
      projection: 'none',
      epochs: 1000,
      batchSize: 400,
      learningRate: 2e-3,
      schedule: 'one-cycle',
      prune: null,
      earlyStopping: null,
      validationEvery: 1,
      seed: 5,
      threads: Math.min(processors(), 256),
      precision: 'float32',
    },
    device: 'auto',
    validation: undefined,
  })
})

t.test('defaults of a PsilonResNet', async (t) => {
  const { native } = fitSettings({}, new PsilonResNet({ inputs: 2, hidden: 4 }).config, 0)
  t.match(native, { regularizer: 'path-improved', learningRate: 2e-2 })
})

t.test('pruning takes a sparsity or a scale, and a part of the run', async (t) => {
  t.same(plan({ prune: { sparsity: 0.9 } }).native.prune, {
    sparsity: 0.9,
    scale: null,
    from: 0.5,
    to: 0.7,
    restart: true,
  })
  t.same(plan({ prune: { scale: 40, from: 0, to: 1 } }).native.prune, {
    sparsity: null,
    scale: 40,
    from: 0,
    to: 1,
    restart: true,
  })
  t.same(plan({ prune: { scale: 'raw' } }).native.prune, {
    sparsity: null,
    scale: null,
    from: 0.5,
    to: 0.7,
    restart: true,
  })
})

t.test('the schedule begins anew after pruning unless it is told not to', async (t) => {
  t.match(plan({ prune: { sparsity: 0.9, restart: false } }).native.prune, { restart: false })
  t.throws(() => plan({ prune: { sparsity: 0.9, restart: 'no' } }), {
    code: 'ERR_OPTION',
    message: /^prune\.restart must be true or false, got "no"/,
  })
})

t.test('limits themselves are taken', async (t) => {
  t.match(plan({ prune: { scale: 2 ** 20 } }).native.prune, { scale: 2 ** 20 })
  t.match(plan({ learningRate: 5e-324, schedule: 'constant' }).native, { learningRate: 5e-324 })
  t.match(plan({ learningRate: 1e-300 }).native, { learningRate: 1e-300 })
})

t.test('early stopping with its defaults', async (t) => {
  const { native } = plan({ validation: { ...validation, every: 5 }, earlyStopping: { patience: 20 } })
  t.same(native.earlyStopping, { patience: 20, minDelta: 0 })
  t.equal(native.validationEvery, 5)
})

const huge = 2 ** 31 - 1
const refused: [options: object, message: string][] = [
  [{ learningrate: 1 }, 'unknown option "learningrate"; did you mean "learningRate"?'],
  [{ validaton: validation }, 'unknown option "validaton"; did you mean "validation"?'],
  [{ loss: 'mae' }, 'loss must be one of "mse", "huber", "bce", "softmax", got "mae"; did you mean "mse"?'],
  [{ lambda: -1 }, 'lambda must be a number at least 0, got -1'],
  [{ lambda: Number.NaN }, 'lambda must be a number at least 0, got NaN'],
  [{ lambda: null }, 'lambda must be a number at least 0, got null'],
  [{ regWeight: 1.5 }, 'regWeight must be a number at least 0 and at most 1, got 1.5'],
  [
    { regularizer: 'l1' },
    'regularizer must be one of "path", "path-improved", "l2", "none", got "l1"; did you mean "l2"?',
  ],
  [{ projection: true }, 'projection must be one of "none", "every-step", got true'],
  [{ epochs: 0 }, `epochs must be an integer from 1 to ${huge}, got 0`],
  [{ epochs: 1e10 }, `epochs must be an integer from 1 to ${huge}, got 10000000000`],
  [{ batchSize: 1.5 }, `batchSize must be an integer from 1 to ${huge}, got 1.5`],
  [{ learningRate: 0 }, 'learningRate must be a number above 0, got 0'],
  [{ learningRate: Infinity }, 'learningRate must be a number above 0, got Infinity'],
  [{ learningRate: 5e-324 }, 'learningRate is 5e-324, which gives the schedule "one-cycle" rates that are not finite'],
  [
    { learningRate: 1e308, schedule: 'cosine' },
    'learningRate is 1e+308, which gives the schedule "cosine" rates that are not finite',
  ],
  [
    { schedule: 'cosin' },
    'schedule must be one of "one-cycle", "constant", "cosine", got "cosin"; did you mean "cosine"?',
  ],
  [{ prune: 0.9 }, 'prune must be an object, as in prune: { sparsity: 0.9 }, got 0.9'],
  [{ prune: null }, 'prune must be an object, as in prune: { sparsity: 0.9 }, got null'],
  [{ prune: {} }, 'pruning takes either prune.sparsity or prune.scale, got neither'],
  [{ prune: { sparsity: 0.5, scale: 2 } }, 'pruning takes either prune.sparsity or prune.scale, got both'],
  [{ prune: { sparsity: 1 } }, 'prune.sparsity must be a number above 0 and below 1, got 1'],
  [{ prune: { scale: 0.5 } }, 'prune.scale must be a number at least 1 and at most 1048576, got 0.5'],
  [{ prune: { scale: 2 ** 20 + 1 } }, 'prune.scale must be a number at least 1 and at most 1048576, got 1048577'],
  [{ prune: { scale: 'row' } }, 'prune.scale must be one of "raw", got "row"; did you mean "raw"?'],
  [{ prune: { sparsity: 0.5, form: 0 } }, 'unknown option "form"; did you mean "from"?'],
  [{ prune: { sparsity: 0.5, from: 0.7 } }, 'prune.to is 0.7, expected more than prune.from, which is 0.7'],
  [{ prune: { sparsity: 0.5, to: 1.1 } }, 'prune.to must be a number at most 1, got 1.1'],
  [{ prune: { sparsity: 0.5 }, projection: 'every-step' }, 'projection "every-step" and prune exclude each other'],
  [{ earlyStopping: { patience: 5 } }, 'earlyStopping needs validation, which is not given'],
  [{ earlyStopping: {}, validation }, `earlyStopping.patience must be an integer from 1 to ${huge}, got undefined`],
  [
    { earlyStopping: { patience: 5, minDelta: -1 }, validation },
    'earlyStopping.minDelta must be a number at least 0, got -1',
  ],
  [{ validation: [1] }, 'validation must be an object, as in validation: { x, y }, got an array of 1'],
  [{ validation: { ...validation, evry: 2 } }, 'unknown option "evry"; did you mean "every"?'],
  [{ precision: 'bf16' }, 'precision must be one of "float32", "tf32", got "bf16"'],
  [{ device: 'gpu' }, 'device must be one of "auto", "cpu", "cuda", got "gpu"; did you mean "cpu"?'],
  [{ threads: 0 }, 'threads must be an integer from 1 to 256, got 0'],
  [{ threads: 257 }, 'threads must be an integer from 1 to 256, got 257'],
  [{ seed: -1 }, 'seed must be an integer from 0 to 9007199254740991, got -1'],
]

for (const [options, message] of refused) {
  t.test(`refused: ${message}`, async (t) => {
    const net = new PsilonNet({ inputs: 2, hidden: 4, outputs: 2 })
    await t.rejects(net.fit({ x, y }, options), { code: 'ERR_OPTION', message: `[fit] ${message}` })
    await net.fit({ x, y }, { epochs: 1 })
  })
}

t.test('softmax needs two outputs', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: 4 })
  const message = '[fit] loss "softmax" needs at least 2 outputs, the network has 1; for two classes use "bce"'
  await t.rejects(net.fit({ x, y: [0, 1, 0, 1, 0, 1] }, { loss: 'softmax' }), { code: 'ERR_OPTION', message })
})

t.test('a plain network has no projection', async (t) => {
  const plain = new PsilonNet({ inputs: 2, hidden: 4, outputs: 2, normalization: 'none' })
  await t.rejects(plain.fit({ x, y }, { prune: { sparsity: 0.5 } }), {
    code: 'ERR_UNSUPPORTED',
    message:
      '[fit] the network has normalization "none", so its weights cannot be projected and pruned; train it or import it with normalization: "l1"',
  })
  await t.rejects(plain.fit({ x, y }, { projection: 'every-step' }), {
    code: 'ERR_UNSUPPORTED',
    message: '[fit] projection "every-step" needs normalization, the network has "none"',
  })
})

t.test('a pruned network is not projected as it is', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: 4, outputs: 2 })
  net.prune({ sparsity: 0.4 })
  await t.rejects(net.fit({ x, y }, { projection: 'every-step' }), {
    code: 'ERR_UNSUPPORTED',
    message: /^\[fit\] proj/,
  })
  await t.rejects(net.fit({ x, y }, { prune: { scale: 'raw' } }), {
    code: 'ERR_UNSUPPORTED',
    message: /^\[fit\] prune\.scale/,
  })
})

t.test('cuda that cannot be used is refused with the reason', async (t) => {
  const net = new PsilonNet({ inputs: 2, hidden: 4, outputs: 2 })
  const run = net.fit({ x, y }, { device: 'cuda' })
  await t.rejects(run, { code: 'ERR_DEVICE', message: /^\[fit\] device "cuda" cannot be used: .+/ })
})

t.test('tf32 is of float32 on a GPU', async (t) => {
  const options = { hidden: 4, inputs: 2, outputs: 2 }
  for (const device of ['auto', 'cpu'] as const)
    await t.rejects(new PsilonNet(options).fit({ x, y }, { device, precision: 'tf32' }), {
      code: 'ERR_DEVICE',
      message: /^\[fit\] precision "tf32" needs a GPU, the device is cpu: .+/,
    })
  await t.rejects(new PsilonNet({ ...options, dtype: 'float64' }).fit({ x, y }, { precision: 'tf32' }), {
    code: 'ERR_UNSUPPORTED',
    message: '[fit] precision "tf32" needs dtype "float32", the network has "float64"',
  })
})
