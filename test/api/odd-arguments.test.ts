import vm from 'node:vm'
import { fitMany, PsilonError, PsilonNet, PsilonResNet, sweep, sweepCsv } from 'psilon'
import t from 'tap'

/** Whatever is given for whatever argument, it is taken or refused by a PsilonError, and no call that gives a run throws. */

const fail = (): never => {
  throw new TypeError('of a trap')
}
const revocable = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const traps = { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail }
const cyclic: unknown[] = []
cyclic.push(cyclic)

const values: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  true: true,
  NaN: Number.NaN,
  Infinity: Infinity,
  '-1': -1,
  '0.5': 0.5,
  '10n': 10n,
  symbol: Symbol('odd'),
  text: 'odd',
  'empty text': '',
  function: () => 1,
  class: class Odd {},
  array: [],
  object: {},
  'array in itself': cyclic,
  'array with a hole': Object.assign([], { 1: 1 }),
  'longest array': Array(2 ** 32 - 1),
  'no prototype': Object.create(null),
  'no constructor': { constructor: null },
  'constructor that throws': {
    get constructor() {
      return fail()
    },
  },
  'tag that throws': {
    get [Symbol.toStringTag]() {
      return fail()
    },
  },
  'text that throws': { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail },
  'object of another realm': vm.runInNewContext('({})'),
  Map: new Map(),
  Date: new Date(Number.NaN),
  Error: new Error('odd'),
  Number: new Number(3),
  Buffer: Buffer.from('odd'),
  ArrayBuffer: new ArrayBuffer(8),
  DataView: new DataView(new ArrayBuffer(8)),
  BigInt64Array: new BigInt64Array(2),
  SharedArrayBuffer: new SharedArrayBuffer(8),
  'revoked proxy': revocable({}),
  'revoked proxy of an array': revocable([]),
  'proxy that throws': new Proxy({}, traps),
  'proxy of an array that throws': new Proxy([1, 2], traps),
  'proxy of a function that throws': new Proxy(fail, traps),
  'proxy of a network': new Proxy(new PsilonNet({ inputs: 1, hidden: 2, depth: 1 }), {}),
}

const [x, y, options] = [[[1], [2]], [1, 2], { epochs: 1, device: 'cpu' } as const]
const shape = { inputs: 1, hidden: 2, depth: 1 }
const net = () => new PsilonNet(shape)
const fit = (data: object, given: object = {}) => net().fit({ x, y, ...data } as never, { ...options, ...given })
const many = (given: object) => fitMany([{ network: net(), data: { x, y }, options: { epochs: 1 }, ...given }])
const nested =
  (name: string, given: object, key: string): Call =>
  (v) =>
    fit({}, { [name]: { ...given, [key]: v } })

type Call = (value: never) => unknown
const calls: Record<string, Call> = {
  PsilonNet: (v) => new PsilonNet(v),
  PsilonResNet: (v) => new PsilonResNet(v),
  'a width': (v) => new PsilonNet({ inputs: 1, hidden: [v] }),
  'a shared length': (v) => new PsilonNet({ inputs: 1, hidden: [2], sharedLength: [v] }),
  data: (v) => net().fit(v, options),
  options: (v) => net().fit({ x, y }, v),
  'row of x': (v) => fit({ x: [v, [1]] }),
  'cell of x': (v) => fit({ x: [[v], [1]] }),
  'column of x': (v) => fit({ x: { a: v } }),
  'data of x': (v) => fit({ x: { data: v, shape: [2, 1] } }),
  'shape of x': (v) => fit({ x: { data: new Float32Array(2), shape: v } }),
  'size of x': (v) => fit({ x: { data: new Float32Array(2), shape: [v, 1] } }),
  'value of y': (v) => fit({ y: [v, 1] }),
  'a weight': (v) => fit({ sampleWeight: [v, 1] }),
  predict: (v) => net().predict(v),
  predictSync: (v) => net().predictSync(v),
  certify: (v) => net().certify(v),
  'predict, options': (v) => net().predict(x, v),
  pathNorm: (v) => net().pathNorm(v),
  influence: (v) => net().influence(v),
  prune: (v) => net().prune(v),
  setParameters: (v) => net().setParameters(v),
  parameter: (v) => net().setParameters({ ...net().parameters, 'layers.0.v': v }),
  'data of a parameter': (v) => net().setParameters({ ...net().parameters, 'layers.0.b': { shape: [2], data: v } }),
  'shape of a parameter': (v) =>
    net().setParameters({ ...net().parameters, 'layers.0.b': { shape: v, data: new Float32Array(2) } }),
  fitMany: (v) => fitMany(v),
  'fit of fitMany': (v) => fitMany([v]),
  'options of fitMany': (v) => fitMany([{ network: net(), data: { x, y }, options: { epochs: 1 } }], v),
}
for (const name of ['inputs', 'hidden', 'depth', 'outputs', 'normalization', 'sharedLength', 'dtype', 'seed'])
  calls[`new ${name}`] = (v) => new PsilonNet({ ...shape, [name]: v })
for (const name of ['x', 'y', 'sampleWeight']) calls[`fit ${name}`] = (v) => fit({ [name]: v })
for (const name of [
  ...['loss', 'lambda', 'regWeight', 'regularizer', 'projection', 'epochs', 'batchSize', 'learningRate', 'schedule'],
  ...['prune', 'validation', 'earlyStopping', 'signal', 'device', 'precision', 'threads', 'seed', 'other'],
])
  calls[`fit ${name}`] = (v) => fit({}, { [name]: v })
for (const name of ['sparsity', 'scale', 'from', 'to', 'restart'])
  calls[`prune.${name}`] = nested('prune', { scale: 2 }, name)
for (const name of ['x', 'y', 'sampleWeight', 'every'])
  calls[`validation.${name}`] = nested('validation', { x, y }, name)
for (const name of ['network', 'data', 'options']) calls[`fitMany ${name}`] = (v) => many({ [name]: v })

const swept = (given: object) => {
  const base = { preset: 'paper', hidden: 2, epochs: 1 } as const
  return sweep({
    data: [
      { a: 1, y: 1 },
      { a: 2, y: 3 },
      { a: 3, y: 4 },
    ],
    target: 'y',
    base,
    folds: 2,
    ...given,
  } as never)
}
Object.assign(calls, {
  sweep: (v: never) => sweep(v),
  sweepCsv: (v: never) => sweepCsv(v),
  'swept value': (v: unknown) => swept({ grid: { hidden: [v] } }),
  'option of the base': (v: unknown) => swept({ base: { hidden: v }, grid: { lambda: [1] } }),
  'a range': (v: unknown) => swept({ random: { settings: 1, lambda: v } }),
  'end of a range': (v: unknown) => swept({ random: { settings: 1, lambda: { from: 0, to: v } } }),
  'a seed': (v: unknown) => swept({ grid: { lambda: [1] }, seeds: [v] }),
  grid: (v: unknown) => swept({ grid: v }),
  'grids of a sweep': (v: unknown) => swept({ grid: [v] }),
  random: (v: unknown) => swept({ random: v }),
})
for (const name of [
  ...['data', 'target', 'task', 'reading', 'base', 'folds', 'test', 'seeds', 'metric', 'threads', 'signal', 'other'],
])
  calls[`sweep ${name}`] = (v) => swept({ grid: { lambda: [1] }, [name]: v })

for (const [name, call] of Object.entries(calls)) {
  t.test(name, async (t) => {
    const givesRun =
      !/^(Psilon|sweepCsv|new|a width|a shared|pred|cert|path|infl|prune$|set|param|data of a p|shape of a p)/.test(
        name,
      )
    for (const [kind, value] of Object.entries(values)) {
      let returned = false
      try {
        const made = call(value as never)
        returned = true
        await made
      } catch (error) {
        const expected =
          error instanceof PsilonError && /^\[\w+\] \S/.test(error.message) && error.code !== 'ERR_NATIVE'
        if (!expected || (givesRun && !returned)) t.fail(`${kind}: ${error}`)
      }
    }
    t.pass('all are taken or refused')
  })
}
