import { PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'

const net = (options: object) => new PsilonNet(options as never)
const resnet = (options: object) => new PsilonResNet(options as never)

t.test('defaults', async (t) => {
  const { config, seed, loss } = net({ inputs: 12 })
  t.same(config, {
    kind: 'mlp',
    inputs: 12,
    hidden: [500, 500, 500],
    outputs: 1,
    normalization: 'l1',
    sharedLength: [true, true, true],
    dtype: 'float32',
    pruned: false,
  })
  t.equal(seed, 0)
  t.equal(loss, null)
  const deep = resnet({ inputs: 3, hidden: 4 }).config
  t.equal(deep.kind, 'resnet')
  t.same(deep.hidden, Array(10).fill(4))
  t.same(deep.sharedLength, Array(10).fill(true))
})

t.test('an option that is undefined counts as not given', async (t) => {
  t.same(net({ inputs: 2, hidden: undefined, dtype: undefined }).config, net({ inputs: 2 }).config)
})

t.test('one width for each hidden layer gives the depth', async (t) => {
  const { config } = net({
    inputs: 2,
    hidden: [7, 3],
    sharedLength: [true, false],
    dtype: 'float64',
    seed: 2 ** 53 - 1,
  })
  t.same(config.hidden, [7, 3])
  t.same(config.sharedLength, [true, false])
  t.equal(config.dtype, 'float64')
  t.same(net({ inputs: 2, hidden: [7, 3], depth: 2 }).config.hidden, [7, 3])
})

t.test('without normalization there are no lengths', async (t) => {
  const plain = net({ inputs: 2, hidden: 3, normalization: 'none' })
  t.same(plain.config.sharedLength, [false, false, false])
  t.same(Object.keys(plain.parameters).slice(0, 2), ['layers.0.v', 'layers.0.b'])
  t.same(net({ inputs: 2, hidden: 3, normalization: 'none', sharedLength: false }).config, plain.config)
})

const refused: [options: object, message: string][] = [
  [{}, 'inputs must be an integer from 1 to 1000000, got undefined'],
  [{ inputs: 0 }, 'inputs must be an integer from 1 to 1000000, got 0'],
  [{ inputs: '3' }, 'inputs must be an integer from 1 to 1000000, got "3"'],
  [{ inputs: 2.5 }, 'inputs must be an integer from 1 to 1000000, got 2.5'],
  [{ inputs: 2, hiden: 3 }, 'unknown option "hiden"; did you mean "hidden"?'],
  [{ inputs: 2, layers: 3 }, 'unknown option "layers"'],
  [{ inputs: 2, hidden: 0 }, 'hidden must be an integer from 1 to 1000000, got 0'],
  [{ inputs: 2, hidden: [4, 0] }, 'hidden[1] must be an integer from 1 to 1000000, got 0'],
  [{ inputs: 2, hidden: Array(2) }, 'hidden[0] must be an integer from 1 to 1000000, got undefined'],
  [{ inputs: 2, depth: 2, sharedLength: Array(2) }, 'sharedLength[0] must be true or false, got undefined'],
  [{ inputs: 2, hidden: [] }, 'hidden must have 1 to 1000 widths, got 0'],
  [{ inputs: 2, hidden: [4, 4], depth: 3 }, 'depth is 3, hidden has 2 widths'],
  [{ inputs: 2, depth: 1001 }, 'depth must be an integer from 1 to 1000, got 1001'],
  [{ inputs: 2, depth: null }, 'depth must be an integer from 1 to 1000, got null'],
  [{ inputs: 2, outputs: -1 }, 'outputs must be an integer from 1 to 1000000, got -1'],
  [{ inputs: 2, normalization: 'L1' }, 'normalization must be one of "l1", "l2", "none", got "L1"; did you mean "l1"?'],
  [{ inputs: 2, sharedLength: 'yes' }, 'sharedLength must be true or false, got "yes"'],
  [{ inputs: 2, sharedLength: [true] }, 'sharedLength has 1 entries, the network has 3 hidden layers'],
  [{ inputs: 2, hidden: [3], sharedLength: [1] }, 'sharedLength[0] must be true or false, got 1'],
  [
    { inputs: 2, normalization: 'none', sharedLength: true },
    'sharedLength is true, but normalization "none" has no lengths',
  ],
  [
    { inputs: 2, dtype: 'float16' },
    'dtype must be one of "float32", "float64", got "float16"; did you mean "float32"?',
  ],
  [{ inputs: 2, seed: -1 }, 'seed must be an integer from 0 to 9007199254740991, got -1'],
  [{ inputs: 2, seed: 2 ** 53 }, 'seed must be an integer from 0 to 9007199254740991, got 9007199254740992'],
]

for (const [options, message] of refused) {
  t.test(`refused: ${message}`, async (t) => {
    t.throws(() => net(options), { name: 'PsilonError', code: 'ERR_OPTION', message: `[PsilonNet] ${message}` })
  })
}

t.test('a resnet has one width', async (t) => {
  const message = '[PsilonResNet] hidden must be one width for all layers, got an array of 2'
  t.throws(() => resnet({ inputs: 2, hidden: [4, 4] }), { code: 'ERR_OPTION', message })
})

t.test('no options at all', async (t) => {
  t.throws(() => net(undefined as never), { code: 'ERR_OPTION' })
  t.throws(() => net(12 as never), { code: 'ERR_OPTION', message: '[PsilonNet] options must be an object, got 12' })
})

t.test('a network that does not fit into memory is refused with both figures', async (t) => {
  const error = (() => {
    try {
      return net({ inputs: 1_000_000, hidden: 1_000_000 })
    } catch (error) {
      return error
    }
  })() as { code: string; message: string; details: { needed: number; available: number } }
  t.equal(error.code, 'ERR_MEMORY')
  t.match(error.message, /^\[PsilonNet\] needs \d+\.\d GB, \d+\.\d [GM]B is available$/)
  t.ok(error.details.needed > error.details.available)
})
