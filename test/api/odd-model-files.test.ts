import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { load, PsilonNet } from 'psilon'
import t from 'tap'
import { packageRoot } from '../support/child.js'
import { type ModelJson, withMetadata } from '../support/model-header.js'
import { refuses } from '../support/refusal.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
await new PsilonNet({ inputs: 4, hidden: 3, seed: 1 }).save(at('small.safetensors'))

interface Header {
  __metadata__: Record<string, string>
  [tensor: string]: object
}

/** Rewrites a saved network's header, and its config where that is given as well. */
async function altered(
  name: string,
  change: (header: Header, config: Record<string, unknown>) => void,
): Promise<string> {
  const bytes = await readFile(at('small.safetensors'))
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header
  const config = JSON.parse(header.__metadata__.config as string)
  change(header, config)
  if (header.__metadata__.config !== undefined) header.__metadata__.config = JSON.stringify(config)
  const text = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(text.length))
  await writeFile(at(name), Buffer.concat([size, text, bytes.subarray(8 + length)]))
  return at(name)
}

t.test('texts of a file steer no terminal', async (t) => {
  const path = await altered('steering.safetensors', (header) => {
    header['\x1b]0;owned\x07'] = header['layers.0.v'] as object
    delete header['layers.0.v']
  })
  const message = '[load] steering.safetensors: unknown parameter "\\u001b]0;owned\\u0007"'
  await refuses(t, 'ERR_MODEL_FILE', message, () => load(path))
})

t.test('a name of millions of characters is refused at once', async (t) => {
  const path = await altered('long.safetensors', (header) => {
    header['x'.repeat(10_000_000)] = header['layers.0.v'] as object
    delete header['layers.0.v']
  })
  const error = await load(path).catch((error) => error)
  t.match(error, { code: 'ERR_MODEL_FILE', message: /unknown parameter "x{57}\.\.\."$/ })
})

t.test('what a file says is cut short in messages', async (t) => {
  const long = 'x'.repeat(5000)
  const changes: Change[] = [
    (h) => Object.assign(h.__metadata__, { [long]: '' }),
    (h) => Object.assign(h, { [long]: h['layers.0.v'] }),
    (h) => Object.assign(h['layers.0.v'] as object, { dtype: long }),
    (h) => Object.assign(h['layers.0.v'] as object, { [long]: 1 }),
    (_, c) => Object.assign(c, { [long]: 1 }),
    (_, c) => Object.assign(c, { kind: { constructor: { name: long } } }),
  ]
  for (const change of changes) {
    const error = await load(await altered('long.safetensors', change)).catch((error) => error)
    t.match(error, { code: 'ERR_MODEL_FILE' })
    t.ok(error.message.length < 300, error.message.slice(0, 300))
  }
})

type Change = (header: Header, config: Record<string, unknown>) => void
const hostile: [name: string, change: Change, message: RegExp][] = [
  ['no version', (h) => delete h.__metadata__.version, /metadata "version" must be a text/],
  ['no config', (h) => delete h.__metadata__.config, /metadata "config" must be a text/],
  ['foreign metadata', (h) => Object.assign(h.__metadata__, { author: 'x' }), /unknown metadata "author"/],
  ['broken preprocessing', (h) => Object.assign(h.__metadata__, { preprocessing: '{' }), /"preprocessing" is not JSON/],
  ['an unknown loss', (h) => Object.assign(h.__metadata__, { loss: 'mae' }), /metadata "loss" must be one of/],
  ['softmax of one output', (h) => Object.assign(h.__metadata__, { loss: 'softmax' }), /the network has one output/],
  ['an unknown kind', (_, c) => Object.assign(c, { kind: 'gru' }), /config\.kind must be one of/],
  ['another kind', (_, c) => Object.assign(c, { kind: 'resnet' }), /unknown parameter "layers\.1\.v"/],
  ['an unknown entry', (_, c) => Object.assign(c, { depth: 3 }), /config has an unknown entry "depth"/],
  ['a missing entry', (_, c) => delete c.seed, /config lacks "seed"/],
  [
    'more inputs',
    (_, c) => Object.assign(c, { inputs: 5 }),
    /"layers\.0\.v" has shape \[3, 4\], the network has \[3, 5\]/,
  ],
  [
    'more layers',
    (_, c) => Object.assign(c, { hidden: [3, 3, 3, 3], sharedLength: [true, true, true, true] }),
    /the network has \[3, 3\]/,
  ],
  ['fewer layers', (_, c) => Object.assign(c, { hidden: [3], sharedLength: [true] }), /unknown parameter "layers\.2\./],
  ['no layers', (_, c) => Object.assign(c, { hidden: [], sharedLength: [] }), /hidden must have 1 to 1000 widths/],
  ['a huge layer', (_, c) => Object.assign(c, { hidden: [3, 3, 1e15] }), /hidden\[2\] must be an integer/],
  ['a large layer', (_, c) => Object.assign(c, { hidden: [3, 3, 1e6] }), /the network has \[1000000, 3\]/],
  ['a negative size', (_, c) => Object.assign(c, { outputs: -1 }), /outputs must be an integer/],
  ['a text as a size', (_, c) => Object.assign(c, { inputs: '4' }), /inputs must be an integer/],
  ['a width for hidden', (_, c) => Object.assign(c, { hidden: 3 }), /config\.hidden must be an array/],
  ['one sharedLength', (_, c) => Object.assign(c, { sharedLength: true }), /config\.sharedLength must be an array/],
  [
    'lengths per row',
    (_, c) => Object.assign(c, { sharedLength: [false, true, true] }),
    /"layers\.0\.g" has shape \[1\]/,
  ],
  [
    'no normalization',
    (_, c) => Object.assign(c, { normalization: 'none', sharedLength: [false, false, false] }),
    /"layers\.0\.g"/,
  ],
  [
    'pruned, plain',
    (_, c) => Object.assign(c, { normalization: 'none', sharedLength: [false, false, false], pruned: true }),
    /cannot be pruned/,
  ],
  ['another dtype', (_, c) => Object.assign(c, { dtype: 'float64' }), /is F32, the network is float64/],
  ['a seed too large', (_, c) => Object.assign(c, { seed: 2 ** 60 }), /seed must be an integer/],
  ['pruned as a text', (_, c) => Object.assign(c, { pruned: 'no' }), /config\.pruned must be true or false/],
]

for (const [name, change, message] of hostile) {
  t.test(`refused: ${name}`, async (t) => {
    const path = await altered('hostile.safetensors', change)
    await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message })
    await t.rejects(load(path), { message: /^\[load\] hostile\.safetensors: / })
  })
}

t.test('refused: files of other programs', async (t) => {
  const format = async (change: Change, found: string) => {
    const path = await altered('hostile.safetensors', change)
    const message = `[load] hostile.safetensors is a safetensors file of another program: its metadata "format" is ${found}, expected "psilon"`
    await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message })
  }
  await format((h) => Object.assign(h.__metadata__, { format: 'pt' }), '"pt"')
  await format((h) => delete h.__metadata__.format, 'undefined')
  await format((h) => {
    h.__metadata__ = { format: 'pt' }
    h['model.embed_tokens.weight'] = { dtype: 'BF16', shape: [6], data_offsets: [0, 12] }
  }, '"pt"')
})

t.test('refused: a key twice, anywhere in the JSON of a file', async (t) => {
  const bytes = await readFile(at('small.safetensors'))
  const length = Number(bytes.readBigUInt64LE())
  const text = bytes.toString('utf8', 8, 8 + length)
  const places: [from: string, to: string, message: string][] = [
    ['"layers.0.v":', '"layers.0.v":{},"layers.0.v":', 'has a header that has the key "layers.0.v" twice'],
    ['"__metadata__":', '"__metadata__":{},"__metadata__":', 'has a header that has the key "__metadata__" twice'],
    ['"shape":[', '"shape":[9,9],"shape":[', 'has a header that has the key "shape" twice'],
    ['"format":', '"format":"pt","format":', 'has a header that has the key "format" twice'],
    ['\\"inputs\\":4', '\\"inputs\\":7,\\"inputs\\":4', ': metadata "config" has the key "inputs" twice'],
  ]
  for (const [from, to, message] of places) {
    t.ok(text.includes(from), from)
    const header = Buffer.from(text.replace(from, () => to))
    const size = Buffer.alloc(8)
    size.writeBigUInt64LE(BigInt(header.length))
    await writeFile(at('twice.safetensors'), Buffer.concat([size, header, bytes.subarray(8 + length)]))
    const found = message.startsWith(':') ? message : ` ${message}`
    await refuses(t, 'ERR_MODEL_FILE', `[load] twice.safetensors${found}`, () => load(at('twice.safetensors')))
  }
})

t.test('so it is in the JSON of an estimator', async (t) => {
  const from = join(packageRoot, 'test', 'fixtures', 'models-0.1.0', 'regressor.safetensors')
  const keys = { config: 'kind', preprocessing: 'columns', estimator: 'type' }
  for (const [name, key] of Object.entries(keys)) {
    await withMetadata(from, at('twice.safetensors'), (metadata, json) => {
      metadata[name] = metadata[name]?.replace(`{"${key}"`, `{"${key}":0,"${key}"`) as string
      delete (json as Partial<ModelJson>)[name as keyof ModelJson]
    })
    const message = `[load] twice.safetensors: metadata "${name}" has the key "${key}" twice`
    await refuses(t, 'ERR_MODEL_FILE', message, () => load(at('twice.safetensors')))
  }
})

t.test('refused: a renamed tensor', async (t) => {
  const path = await altered('hostile.safetensors', (header) => {
    header['layers.0.w'] = header['layers.0.v'] as object
    delete header['layers.0.v']
  })
  await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message: /unknown parameter "layers\.0\.w"/ })
})

/** Overwrites the numbers of one tensor of the small network. */
async function withNumbers(tensor: string, numbers: number[]): Promise<string> {
  const bytes = await readFile(at('small.safetensors'))
  const length = Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length))
  const begin = 8 + length + header[tensor].data_offsets[0]
  numbers.forEach((number, k) => {
    bytes.writeFloatLE(number, begin + 4 * k)
  })
  await writeFile(at('numbers.safetensors'), bytes)
  return at('numbers.safetensors')
}

t.test('refused: numbers that are not finite', async (t) => {
  for (const number of [Number.NaN, Infinity]) {
    const path = await withNumbers('layers.1.b', [0, number])
    const message = `[load] numbers.safetensors: parameter "layers.1.b" has ${number} at 1, expected finite float32 numbers`
    await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message })
  }
})

t.test('refused: a weight row of zeros', async (t) => {
  const path = await withNumbers('layers.0.v', [1, 2, 3, 4, 0, 0, -0, 0])
  const message = '[load] numbers.safetensors: row 1 of the weights of layer 0 is all zero, it cannot be normalised'
  await t.rejects(load(path), { code: 'ERR_MODEL_FILE', message })
})

t.test('refused: a file that was cut off anywhere', async (t) => {
  const bytes = await readFile(at('small.safetensors'))
  for (const length of [0, 4, 8, 20, bytes.length - 200, bytes.length - 1]) {
    await writeFile(at('cut.safetensors'), bytes.subarray(0, length))
    await t.rejects(load(at('cut.safetensors')), { code: 'ERR_MODEL_FILE', message: /^\[load\] cut\.safetensors / })
  }
  await writeFile(at('cut.safetensors'), Buffer.concat([bytes, Buffer.alloc(4)]))
  await t.rejects(load(at('cut.safetensors')), { code: 'ERR_MODEL_FILE' })
})
