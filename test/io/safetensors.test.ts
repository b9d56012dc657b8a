import { execFileSync } from 'node:child_process'
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { Refusal } from '#psilon/errors/refusal.js'
import * as safetensors from '#psilon/io/safetensors.js'
import { openSafetensors, type SafeTensor } from '#psilon/io/safetensors.js'
import { refuses } from '../support/refusal.js'

const folder = t.testdir()
const file = join(folder, 'model.safetensors')

const tensors = new Map<string, SafeTensor>([
  ['layers.0.v', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-40, 3e38, -0) }],
  ['layers.0.g', { dtype: 'F32', shape: [], data: Float32Array.of(0.25) }],
  ['layers.1.v', { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1 / 3, -1e300) }],
  ['none', { dtype: 'F64', shape: [0, 4], data: new Float64Array(0) }],
])
const metadata = { format: 'psilon', config: '{"ä":"\\u0000 日本"}' }

/** The whole file. */
function encodeSafetensors(tensors: Map<string, SafeTensor>, metadata: Record<string, string>): Buffer {
  return Buffer.concat(safetensors.encodeSafetensors(tensors, metadata))
}

async function load(content: Uint8Array) {
  writeFileSync(file, content)
  const opened = await openSafetensors(file)
  try {
    return { header: opened.header, tensors: await opened.read() }
  } finally {
    await opened.close()
  }
}

/** A file of this header, whatever it says, and so many bytes of data. */
function forge(header: unknown, dataBytes: number, length?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(length ?? BigInt(text.length))
  return Buffer.concat([start, text, Buffer.alloc(dataBytes)])
}

t.test('what was written is read again, bit for bit and in order', async (t) => {
  const loaded = await load(encodeSafetensors(tensors, metadata))
  t.strictSame(loaded.tensors, tensors)
  t.strictSame([...loaded.tensors.keys()], [...tensors.keys()])
  t.ok(Object.is(loaded.tensors.get('layers.0.v')?.data[5], -0))
  t.strictSame(Object.fromEntries(loaded.header.metadata), metadata)
  t.strictSame(loaded.header.tensors.get('layers.1.v'), { dtype: 'F64', shape: [1, 2], begin: 28, end: 44 })
})

t.test('the layout is that of the format', async (t) => {
  const bytes = encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]), {
    k: 'v',
  })
  const length = Number(bytes.readBigUInt64LE())
  t.equal(length % 8, 0)
  t.equal(bytes.length, 8 + length + 8)
  const text = bytes.subarray(8, 8 + length).toString()
  t.match(text, /^\{.*\} *$/)
  t.strictSame(JSON.parse(text), { __metadata__: { k: 'v' }, a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } })
  t.strictSame([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)], [1, 2])
})

t.test('a part of a larger buffer is written as that part', async (t) => {
  const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3)
  const loaded = await load(encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [2], data }]]), {}))
  t.strictSame(loaded.tensors.get('a')?.data, Float32Array.of(2, 3))
})

t.test('entries may stand in any order, metadata may be absent', async (t) => {
  const entry = (begin: number) => ({ dtype: 'F32', shape: [1], data_offsets: [begin, begin + 4] })
  const { header } = await load(forge({ b: entry(4), 7: entry(8), a: entry(0) }, 12))
  t.strictSame([...header.tensors.keys()], ['a', 'b', '7'])
  t.equal((await load(forge({}, 0))).tensors.size, 0)
})

t.test('tensors that contradict themselves are not written', async (t) => {
  const one = (name: string, tensor: SafeTensor) => encodeSafetensors(new Map([[name, tensor]]), {})
  const wrongShape = 'tensor "a" has 2 values (an object (Float32Array)), expected F32 of shape [3]'
  await refuses(t, 'ERR_SHAPE', wrongShape, () => one('a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }))
  const wrongType = 'tensor "a" has 2 values (an object (Float32Array)), expected F64 of shape [2]'
  await refuses(t, 'ERR_SHAPE', wrongType, () => one('a', { dtype: 'F64', shape: [2], data: new Float32Array(2) }))
  for (const name of ['__metadata__', '__proto__']) {
    const message = `"${name}" cannot be the name of a tensor`
    await refuses(t, 'ERR_FILE', message, () => one(name, { dtype: 'F32', shape: [0], data: new Float32Array(0) }))
  }
})

const f32 = (shape: unknown, data_offsets: unknown) => ({ dtype: 'F32', shape, data_offsets })
const a = 'model.safetensors has tensor "a"'
const notModel = 'model.safetensors is '
const wanted = 'expected a model, which is a safetensors file that psilon wrote'
const startless = 'model.safetensors has a header that does not begin with "{"'
const hostile: [message: string, content: Uint8Array][] = [
  ['model.safetensors has 0 bytes, too few for a model file', Buffer.alloc(0)],
  ['model.safetensors has 7 bytes, too few for a model file', Buffer.alloc(7)],
  ['model.safetensors is truncated: its header has 3 bytes, the file has 10', forge('{}', 0, 3n)],
  [
    'model.safetensors has a header of 18446744073709551615 bytes, at most 16777216 are allowed',
    forge('{}', 0, 2n ** 64n - 1n),
  ],
  [
    'model.safetensors has a header of 16777217 bytes, at most 16777216 are allowed',
    forge(`{${' '.repeat(2 ** 24)}`, 0),
  ],
  [`${notModel}not a model file, expected a safetensors file that psilon wrote`, Buffer.alloc(64, 0xf7)],
  [`${notModel}a text, such as a CSV file, ${wanted}`, Buffer.from('alcohol,ash\r\n12.3,é\n')],
  [`${notModel}a JSON text, ${wanted}`, Buffer.from('{"format": "psilon-run"}')],
  [`${notModel}a gzip file, ${wanted}`, gzipSync('a,b\n1,2\n')],
  [
    `${notModel}a zip archive, as PyTorch and Keras write them, ${wanted}`,
    Buffer.from('PK\x03\x04\0\0\0\0\xff\xff', 'latin1'),
  ],
  [`${notModel}an HDF5 file, ${wanted}`, Buffer.from('\x89HDF\r\n\x1a\n\0\0', 'latin1')],
  [`${startless}`, forge('', 0)],
  [`${startless}`, forge('\n{}', 0)],
  [`${startless}`, forge('\uFEFF{}', 0)],
  [`${startless}`, forge('['.repeat(100000), 0)],
  [`${startless}`, forge('[]', 0)],
  [`${startless}`, forge('null', 0)],
  ['model.safetensors has a header that is not JSON', forge('{"a": ', 0)],
  ['model.safetensors has a header that is nested more than 32 deep', forge(`{"a":${'['.repeat(100000)}`, 0)],
  ['model.safetensors has a header that has the key "a" twice', forge('{"a":{},"\\u0061":{}}', 0)],
  ['model.safetensors has a header that has the key "shape" twice', forge('{"a":{"shape":[1],"shape":[2]}}', 0)],
  [
    'model.safetensors has a header that has more objects than a valid file of its length',
    forge(`{"a":[${'{},'.repeat(1e5)}{}]}`, 0),
  ],
  [
    'model.safetensors has a header that has more arrays than a valid file of its length',
    forge(`{"a":[${'[],'.repeat(1e5)}[]]}`, 0),
  ],
  [
    'model.safetensors has a header that is not in UTF-8',
    Buffer.concat([Buffer.of(9, 0, 0, 0, 0, 0, 0, 0), Buffer.from('{"'), Buffer.of(0xff), Buffer.from('":{} }')]),
  ],
  ['model.safetensors has a header that is not an object of tensors', forge('{"__proto__": {}}', 0)],
  ['model.safetensors has metadata that is not an object of texts', forge({ __metadata__: { a: 1 } }, 0)],
  ['model.safetensors has metadata that is not an object of texts', forge({ __metadata__: null }, 0)],
  ['model.safetensors has metadata that is not an object of texts', forge({ __metadata__: ['a'] }, 0)],
  [`${a} without a description`, forge({ a: null }, 0)],
  [`${a} without a description`, forge({ a: [] }, 0)],
  [`${a} of dtype "BF16", expected "F32" or "F64"`, forge({ a: { ...f32([2], [0, 4]), dtype: 'BF16' } }, 4)],
  [`${a} of dtype undefined, expected "F32" or "F64"`, forge({ a: {} }, 0)],
  [`${a} with a shape that is not a list of sizes`, forge({ a: f32(1, [0, 4]) }, 4)],
  [`${a} with a shape that is not a list of sizes`, forge({ a: f32([-1], [0, 4]) }, 4)],
  [`${a} with a shape that is not a list of sizes`, forge({ a: f32([0.5], [0, 2]) }, 2)],
  [`${a} with a shape that is not a list of sizes`, forge({ a: f32(['1'], [0, 4]) }, 4)],
  [
    `${a} with a shape that is not a list of sizes`,
    forge('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
  ],
  [`${a} without its two data offsets`, forge({ a: f32([1], [0]) }, 4)],
  [`${a} without its two data offsets`, forge({ a: f32([1], [0, 4, 8]) }, 4)],
  [`${a} without its two data offsets`, forge({ a: f32([1], [-4, 0]) }, 4)],
  [`${a} without its two data offsets`, forge({ a: f32([1], undefined) }, 4)],
  [`${a} with an unknown entry "extra"`, forge({ a: { ...f32([1], [0, 4]), extra: 1 } }, 4)],
  [`${a} of shape [2] in 4 bytes, expected 8`, forge({ a: f32([2], [0, 4]) }, 4)],
  [`${a} of shape [1] in -4 bytes, expected 4`, forge({ a: f32([1], [4, 0]) }, 4)],
  [
    `${a} of shape [4294967296, 4294967296] in 0 bytes, expected 73786976294838210000`,
    forge({ a: f32([2 ** 32, 2 ** 32], [0, 0]) }, 0),
  ],
  [`${a} at byte 4 of the data, expected it at 0`, forge({ a: f32([1], [4, 8]) }, 8)],
  [
    'model.safetensors has tensor "b" at byte 0 of the data, expected it at 4',
    forge({ a: f32([1], [0, 4]), b: f32([1], [0, 4]) }, 4),
  ],
  [
    'model.safetensors has tensor "b" at byte 8 of the data, expected it at 4',
    forge({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
  ],
  [
    'model.safetensors has tensor "b" at byte 4 of the data, expected it at 8',
    forge({ a: f32([2], [0, 8]), b: f32([1], [4, 8]) }, 8),
  ],
  ['model.safetensors has 3 bytes of data, its header describes 4', forge({ a: f32([1], [0, 4]) }, 3)],
  ['model.safetensors has 5 bytes of data, its header describes 4', forge({ a: f32([1], [0, 4]) }, 5)],
  [
    'model.safetensors has 0 bytes of data, its header describes 4398046511104',
    forge({ a: f32([2 ** 40], [0, 2 ** 42]) }, 0),
  ],
]
for (const [message, content] of hostile) {
  t.test(message, (t) => refuses(t, 'ERR_MODEL_FILE', `${message}`, () => load(content)))
}

t.test('a huge file is opened without reading it', async (t) => {
  const huge = join(folder, 'huge.safetensors')
  const bytes = 2 ** 38
  writeFileSync(huge, forge({ a: f32([bytes / 4], [0, bytes]) }, 0))
  truncateSync(huge, 8 + JSON.stringify({ a: f32([bytes / 4], [0, bytes]) }).length + bytes)
  const before = process.memoryUsage().rss
  const opened = await openSafetensors(huge)
  t.teardown(opened.close)
  t.strictSame(opened.header.tensors.get('a')?.shape, [bytes / 4])
  t.ok(process.memoryUsage().rss - before < 2 ** 28)
})

t.test('a file that is changed while it is read', async (t) => {
  const content = encodeSafetensors(tensors, metadata)
  writeFileSync(file, content)
  const opened = await openSafetensors(file)
  t.teardown(opened.close)
  content.writeFloatLE(7, content.length - 20)
  writeFileSync(file, content)
  utimesSync(file, 1, 1)
  await refuses(t, 'ERR_MODEL_FILE', 'model.safetensors was changed while it was read', opened.read)
})

t.test('the numbers of a file are written where they stand', async (t) => {
  const data = new Float32Array(2 ** 20)
  const pieces = safetensors.encodeSafetensors(new Map([['a', { dtype: 'F32', shape: [2 ** 20], data }]]), {})
  t.equal(pieces.length, 2)
  t.equal(pieces[1]?.buffer, data.buffer)
})

t.test('a file that shrinks after its header was read', async (t) => {
  writeFileSync(file, encodeSafetensors(tensors, metadata))
  const opened = await openSafetensors(file)
  t.teardown(opened.close)
  truncateSync(file, 200)
  await refuses(t, 'ERR_MODEL_FILE', 'model.safetensors became shorter while it was read', opened.read)
})

t.test('only regular files are opened', async (t) => {
  const none = join(folder, 'none')
  await refuses(t, 'ERR_FILE', `cannot read ${none}: no such file`, () => openSafetensors(none))
  const directory = join(folder, 'directory')
  mkdirSync(directory)
  await refuses(t, 'ERR_FILE', `${directory} is not a regular file`, () => openSafetensors(directory))
  await refuses(t, 'ERR_FILE', '/dev/zero is not a regular file', () => openSafetensors('/dev/zero'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await refuses(t, 'ERR_FILE', `${pipe} is not a regular file`, () => openSafetensors(pipe))
})

t.test('a damaged file is refused or read as a sound one, never anything else', async (t) => {
  const sound = encodeSafetensors(tensors, metadata)
  const damaged: Buffer[] = []
  for (let length = 0; length < sound.length; length++) damaged.push(sound.subarray(0, length))
  for (let at = 0; at < sound.length; at++) {
    for (const bit of [0, 3, 5, 7]) {
      const copy = Buffer.from(sound)
      copy[at] ^= 1 << bit
      damaged.push(copy)
    }
  }
  let refused = 0
  const strange: unknown[] = []
  for (const content of damaged) {
    try {
      const loaded = await load(content)
      const sizes = [...loaded.tensors.values()].map(({ shape, data }) => [
        shape.reduce((n, k) => n * k, 1),
        data.length,
      ])
      if (sizes.some(([size, length]) => size !== length)) strange.push(content)
    } catch (error) {
      refused++
      if (!(error instanceof Refusal && error.code === 'ERR_MODEL_FILE')) strange.push(error)
    }
  }
  t.strictSame(strange, [])
  t.ok(refused > sound.length, 'every truncation, and more')
  t.ok(refused < damaged.length, 'flips inside numbers or names are read')
})
