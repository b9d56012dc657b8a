import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { load, PsilonNet, PsilonResNet } from 'psilon'
import t from 'tap'
import { readModel, writeModel } from '#psilon/network/model-file.js'
import { packageRoot } from '../support/child.js'
import { type ModelJson, withMetadata } from '../support/model-header.js'
import { refuses } from '../support/refusal.js'
import { sliceClasses, someRows } from '../support/tables.js'

const x = someRows(30, 4)
const folder = t.testdir()
const at = (name: string) => join(folder, name)
const loadNetwork = async (path: string) => (await load(path)) as PsilonNet | PsilonResNet

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

for (const dtype of ['float32', 'float64'] as const) {
  const nets = {
    net: new PsilonNet({
      inputs: 4,
      hidden: [7, 3],
      outputs: 3,
      sharedLength: [true, false],
      seed: 2 ** 53 - 1,
      dtype,
    }),
    resnet: new PsilonResNet({ inputs: 4, hidden: 5, depth: 3, outputs: 3, normalization: 'l2', dtype }),
    plain: new PsilonNet({ inputs: 4, hidden: 3, outputs: 3, normalization: 'none', dtype }),
  }
  for (const [name, net] of Object.entries(nets)) {
    t.test(`${name}, ${dtype}: a loaded network is the saved one, to the bit`, async (t) => {
      const path = at(`${name}-${dtype}.safetensors`)
      await net.fit({ x, y: sliceClasses(x, 3) }, { loss: 'softmax', epochs: 3 })
      await net.save(path)
      const loaded = await loadNetwork(path)
      t.equal(loaded.constructor, net.constructor)
      t.same(loaded.config, net.config)
      t.equal(loaded.seed, net.seed)
      t.equal(loaded.loss, 'softmax')
      t.same(loaded.parameters, net.parameters)
      t.same(loaded.predictSync(x), net.predictSync(x))
      t.same(await loaded.predictProba(x), await net.predictProba(x))
    })
  }
}

t.test('an untrained network has no loss', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 3, seed: 1 })
  await net.save(at('small.safetensors'))
  const loaded = await loadNetwork(at('small.safetensors'))
  t.equal(loaded.loss, null)
  t.same(loaded.predictSync(x), net.predictSync(x))
})

t.test('a pruned network keeps its support after loading', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 8, depth: 2 })
  net.prune({ sparsity: 0.5 })
  await net.save(at('pruned.safetensors'))
  const loaded = await loadNetwork(at('pruned.safetensors'))
  t.equal(loaded.config.pruned, true)
  t.same(loaded.sparsity(), net.sparsity())
  const options = { epochs: 5, learningRate: 0.01 }
  const y = sliceClasses(x, 2)
  await Promise.all([net.fit({ x, y }, options), loaded.fit({ x, y }, options)])
  t.ok(loaded.sparsity().exact >= 0.5)
  t.same(loaded.parameters, net.parameters)
})

t.test('a compacted network loads', async (t) => {
  for (const Net of [PsilonNet, PsilonResNet]) {
    const net = new Net({ inputs: 4, hidden: 12, depth: 2 })
    net.prune({ sparsity: 0.75 })
    net.compact()
    await net.save(at('compacted.safetensors'))
    const loaded = await loadNetwork(at('compacted.safetensors'))
    t.same(loaded.config, net.config)
    t.same(loaded.predictSync(x), net.predictSync(x))
  }
})

t.test('preprocessing travels along', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 3 })
  const preprocessing = { columns: ['a', 'ä'], scale: [1, 0.1] }
  await writeModel(at('preprocessing.safetensors'), [net], preprocessing)
  t.same((await readModel(at('preprocessing.safetensors'))).preprocessing, preprocessing)
  t.equal((await readModel(at('small.safetensors'))).preprocessing, undefined)
})

t.test('saving replaces the file, and leaves nothing else behind', async (t) => {
  const own = t.testdir({ 'model.safetensors': 'something else' })
  await new PsilonNet({ inputs: 4, hidden: 3 }).save(join(own, 'model.safetensors'))
  await load(join(own, 'model.safetensors'))
  t.same(await readdir(own), ['model.safetensors'])
})

t.test('files that cannot be read or written', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 3 })
  await t.rejects(load(at('none.safetensors')), {
    code: 'ERR_FILE',
    message: /^\[load\] cannot read .*: no such file$/,
  })
  const missing = `[save] cannot write ${at('none/model.safetensors')}: the folder ${at('none')} is missing`
  await refuses(t, 'ERR_FILE', missing, () => net.save(at('none/model.safetensors')))
  execFileSync('mkfifo', [at('pipe')])
  await symlink('/dev/null', at('null'))
  for (const path of [at('pipe'), at('null'), folder]) {
    await refuses(t, 'ERR_FILE', `[save] cannot write ${path}: it is not a regular file`, () => net.save(path))
  }
  await symlink('round', at('circle'))
  await symlink('circle', at('round'))
  const server = createServer().listen(at('socket'))
  t.teardown(() => server.close())
  await once(server, 'listening')
  const unreadable: [path: string, reason: string][] = [
    [at('circle'), 'its symbolic links go round in a circle'],
    [at('socket'), 'it is a socket or a pipe, expected a file'],
    [at('nul\0l'), 'its path holds a null byte'],
    [at('x'.repeat(300)), 'its path is too long'],
    [join(at('small.safetensors'), 'below'), 'a part of its path is not a directory'],
  ]
  for (const [path, reason] of unreadable) {
    const shown = path.replace('\0', '\\u0000')
    await refuses(t, 'ERR_FILE', `[load] cannot read ${shown}: ${reason}`, () => load(path))
  }
  for (const path of [at('pipe'), at('null'), folder]) {
    await refuses(t, 'ERR_FILE', `[load] ${path} is not a regular file`, () => load(path))
  }
  await t.rejects(load(''), { code: 'ERR_OPTION', message: /^\[load\] path must be a text that is not empty/ })
  const gone = new PsilonNet({ inputs: 4, hidden: 3 })
  gone.dispose()
  await t.rejects(gone.save(at('gone')), { code: 'ERR_DISPOSED' })
  await t.rejects(load(undefined as never), { code: 'ERR_OPTION', message: /^\[load\] path must be a text/ })
  await t.rejects(net.save(3 as never), { code: 'ERR_OPTION', message: /^\[save\] path must be a text/ })
})

t.test('saved twice at once to one path, the file is the last', async (t) => {
  const nets = [1, 2, 3].map((seed) => new PsilonNet({ inputs: 4, hidden: 3, seed }))
  await Promise.all(nets.map((net) => net.save(at('twice-at-once'))))
  t.equal((await loadNetwork(at('twice-at-once'))).seed, 3)
})

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

t.test('parameters that no network takes are not written', async (t) => {
  const { config, seed, loss, parameters } = new PsilonNet({ inputs: 4, hidden: 3 })
  parameters['layers.1.b']?.data.set([0, Number.NaN])
  const message = '[save] parameter "layers.1.b" has NaN at 1, expected finite float32 numbers'
  await refuses(t, 'ERR_DATA', message, () => writeModel(at('nan'), [{ config, seed, loss, parameters }]))
  await t.rejects(load(at('nan')), { code: 'ERR_FILE' })
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
