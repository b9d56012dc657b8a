import vm from 'node:vm'
import { PsilonNet } from 'psilon'
import t from 'tap'
import { refuses } from '../support/refusal.js'

/** Whatever x is, it is read as documented or refused; the network has two inputs. */
const net = new PsilonNet({ inputs: 2, hidden: 4, depth: 1, seed: 1 })
const twoRows = net.predictSync([
  [1, 2],
  [3, 4],
])
const elsewhere = (code: string) => vm.runInNewContext(code)

class Matrix {
  data = Float32Array.of(1, 2, 3, 4)
  get shape() {
    return [2, 2]
  }
}

t.test('tables of another realm, of shared memory and of classes are read', async (t) => {
  const shared = new Float32Array(new SharedArrayBuffer(16))
  shared.set([1, 2, 3, 4])
  const resizable = new Float32Array(Reflect.construct(ArrayBuffer, [16, { maxByteLength: 64 }]))
  resizable.set([1, 2, 3, 4])
  const forms: Record<string, unknown> = {
    'foreign numbers with a shape': elsewhere('({ data: new Float32Array([1, 2, 3, 4]), shape: [2, 2] })'),
    'foreign numbers of the other dtype': elsewhere('({ data: new Float64Array([1, 2, 3, 4]), shape: [2, 2] })'),
    'foreign rows': elsewhere('[[1, 2], new Int8Array([3, 4])]'),
    'foreign columns': elsewhere('({ a: [1, 3], b: new Float64Array([2, 4]) })'),
    'shared memory': { data: shared, shape: [2, 2] },
    'resizable memory': { data: resizable, shape: [2, 2] },
    'an instance with data and shape': new Matrix(),
    'no prototype': Object.assign(Object.create(null), { a: [1, 3], b: [2, 4] }),
    'a proxy': new Proxy({ a: [1, 3], b: [2, 4] }, {}),
    'outputs of a network': { ...twoRows, data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
  }
  for (const [name, x] of Object.entries(forms)) {
    t.strictSame(net.predictSync(x as never), twoRows, name)
    t.strictSame(await net.predict(x as never), twoRows, name)
  }
})

t.test('targets and weights of another realm are read', async (t) => {
  const [own, foreign] = [new PsilonNet({ inputs: 1, hidden: 2 }), new PsilonNet({ inputs: 1, hidden: 2 })]
  await own.fit({ x: [[1], [2]], y: [3, 4], sampleWeight: [1, 2] }, { epochs: 2 })
  const data = elsewhere(`({ x: { data: new Float32Array([1, 2]), shape: [2, 1] },
    y: { data: new Float32Array([3, 4]), shape: [2] }, sampleWeight: new Float32Array([1, 2]) })`)
  await foreign.fit(data, elsewhere('({ epochs: 2 })'))
  t.strictSame(foreign.parameters, own.parameters)
  const floats: (values: ArrayLike<number>) => Float32Array = elsewhere('(values) => new Float32Array(values)')
  const copies = Object.entries(own.parameters).map(([name, { shape, data }]) => [name, { shape, data: floats(data) }])
  const other = new PsilonNet({ inputs: 1, hidden: 2, seed: 5 })
  other.setParameters(Object.fromEntries(copies))
  t.strictSame(other.parameters, own.parameters)
})

const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()
const detached = Float32Array.of(1, 2, 3, 4)
structuredClone(detached.buffer, { transfer: [detached.buffer] })
const shape = [2, 2]
const numbers = Float32Array.of(1, 2, 3, 4)
const notFloats = 'expected a Float32Array or Float64Array, as x has a shape'
const expected = 'expected { data, shape: [rows, columns] }, an array of rows or an object of columns'

class Columns {
  a = [1, 3]
  b = [2, 4]
}

const refused: [code: string, message: string, x: unknown][] = [
  ['ERR_DATA', `x.data is an object (Int32Array), ${notFloats}`, { data: Int32Array.of(1, 2, 3, 4), shape }],
  ['ERR_DATA', `x.data is an object (Uint8Array), ${notFloats}`, { data: Uint8Array.of(1, 2), shape: [1, 2] }],
  ['ERR_DATA', `x.data is an object (Buffer), ${notFloats}`, { data: Buffer.of(1, 2), shape: [1, 2] }],
  ['ERR_DATA', `x.data is an object (BigInt64Array), ${notFloats}`, { data: new BigInt64Array(2), shape: [1, 2] }],
  ['ERR_DATA', `x.data is an object (DataView), ${notFloats}`, { data: new DataView(numbers.buffer), shape }],
  ['ERR_DATA', `x.data is an object (ArrayBuffer), ${notFloats}`, { data: numbers.buffer, shape }],
  ['ERR_DATA', `x.data is an array of 2, ${notFloats}`, { data: [1, 2], shape: [1, 2] }],
  ['ERR_DATA', `x.data is an array of 2, ${notFloats}`, { shape: [3, 4], data: [1, 2] }],
  ['ERR_DATA', `x.data is undefined, ${notFloats}`, { data: undefined, shape }],
  ['ERR_SHAPE', 'x.shape is undefined, expected an array of sizes', { data: numbers, shape: undefined }],
  ['ERR_SHAPE', 'x.shape is "2,2", expected an array of sizes', { data: numbers, shape: '2,2' }],
  [
    'ERR_SHAPE',
    'x.shape is an object (Int32Array), expected an array of sizes',
    { data: numbers, shape: Int32Array.of(2, 2) },
  ],
  [
    'ERR_SHAPE',
    'x has shape [undefined, 2], expected [rows, columns]',
    { data: numbers, shape: Object.assign([], { 1: 2 }) },
  ],
  ['ERR_SHAPE', `x has "stride" besides data and shape, ${expected}`, { data: numbers, shape, stride: [1, 2] }],
  ['ERR_SHAPE', 'x has shape [2, 2], but 0 values', { data: detached, shape }],
  ['ERR_SHAPE', `x is an object (Map), ${expected}`, new Map([['a', [1, 3]]])],
  ['ERR_SHAPE', `x is an object (Set), ${expected}`, new Set([[1, 2]])],
  ['ERR_SHAPE', `x is an object (Columns), ${expected}`, new Columns()],
  ['ERR_SHAPE', `x is an object (Date), ${expected}`, new Date(0)],
  ['ERR_SHAPE', `x is an object (Promise), ${expected}`, Promise.resolve([[1, 2]])],
  ['ERR_SHAPE', `x is an object (Float32Array), ${expected}`, numbers],
  ['ERR_SHAPE', `x is an object (Buffer), ${expected}`, Buffer.of(1, 2)],
  ['ERR_SHAPE', `x is a function, ${expected}`, () => [[1, 2]]],
  ['ERR_SHAPE', `x is null, ${expected}`, null],
  ['ERR_SHAPE', 'x[0] is "12", expected a row (an array of numbers)', ['12', '34']],
  [
    'ERR_SHAPE',
    'x[0] is an object (DataView), expected a row (an array of numbers)',
    [new DataView(new ArrayBuffer(2))],
  ],
  ['ERR_SHAPE', 'x[0] is an object (Object), expected a row (an array of numbers)', [{ a: 1, b: 2 }]],
  ['ERR_SHAPE', 'x[0] is an object (Map), expected a row (an array of numbers)', [new Map()]],
  ['ERR_DATA', 'x[0][0] is 1n, expected a number', [BigInt64Array.of(1n, 2n)]],
  ['ERR_DATA', 'x[0][0] is undefined, expected a number', [1].map(() => Object.assign([], { 1: 2 }))],
  ['ERR_SHAPE', `x is an object (which cannot be read), ${expected}`, revoked],
  ['ERR_DATA', 'x cannot be read: no keys', new Proxy({}, { ownKeys: () => fail('no keys') })],
  ['ERR_DATA', 'x cannot be read: no cell', [[1, 2], new Proxy([1, 2], { get: () => fail('no cell') })]],
  [
    'ERR_DATA',
    'x cannot be read: no column',
    Object.defineProperty({}, 'a', { enumerable: true, get: () => fail('no column') }),
  ],
]

function fail(message: string): never {
  throw new TypeError(message)
}

for (const [code, message, x] of refused) {
  t.test(`refused: ${message}`, async (t) => {
    await refuses(t, code, `[predictSync] ${message}`, () => net.predictSync(x as never))
    await refuses(t, code, `[predict] ${message}`, () => net.predict(x as never))
    await refuses(t, code, `[fit] ${message}`, () => net.fit({ x: x as never, y: [1, 2] }))
  })
}

t.test('targets and weights that are much longer than the table take no memory', async (t) => {
  const x = [[1, 2]]
  const long = new Array(2 ** 32 - 1)
  await refuses(t, 'ERR_SHAPE', '[fit] y has 4,294,967,295 rows, x has 1', () => net.fit({ x, y: long }))
  const weights = () => net.fit({ x, y: [1], sampleWeight: long })
  await refuses(t, 'ERR_SHAPE', '[fit] sampleWeight has 4,294,967,295 rows, x has 1', weights)
})

t.test('numbers in shared memory are those of the call', async (t) => {
  const data = new Float32Array(new SharedArrayBuffer(16))
  data.set([1, 2, 3, 4])
  const outputs = net.predict({ data, shape: [2, 2] })
  data.fill(Number.NaN)
  t.strictSame(await outputs, twoRows)
})
