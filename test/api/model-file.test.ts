import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { load, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t from 'tap'
import { readModel, writeModel } from '#psilon/network/model-file.js'
import { refuses } from '../support/refusal.js'
import { sliceClasses, someRows } from '../support/tables.js'

const x = someRows(30, 4)
const folder = t.testdir()
const at = (name: string) => join(folder, name)
const loadNetwork = async (path: string) => (await load(path)) as PsilonNet | PsilonResNet

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
  await writeModel(at('preprocessing.safetensors'), { networks: [net], preprocessing })
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
    [at('circle'), 'its symbolic links form a loop'],
    [at('socket'), 'it is a socket or a pipe, expected a file'],
    [at('nul\0l'), 'its path contains a null byte'],
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
  await t.rejects(load(undefined as never), {
    code: 'ERR_OPTION',
    message: /^\[load\] got undefined, expected the path/,
  })
  await t.rejects(net.save(3 as never), { code: 'ERR_OPTION', message: /^\[save\] path must be a text/ })
})

t.test('saved twice at once to one path, the file is the last', async (t) => {
  const nets = [1, 2, 3].map((seed) => new PsilonNet({ inputs: 4, hidden: 3, seed }))
  await Promise.all(nets.map((net) => net.save(at('twice-at-once'))))
  t.equal((await loadNetwork(at('twice-at-once'))).seed, 3)
})

t.test('parameters that no network takes are not written', async (t) => {
  const { config, seed, loss, parameters } = new PsilonNet({ inputs: 4, hidden: 3 })
  parameters['layers.1.b']?.data.set([0, Number.NaN])
  const message = 'parameter "layers.1.b" has NaN at 1, expected finite float32 numbers'
  await refuses(t, 'ERR_DATA', message, () => writeModel(at('nan'), { networks: [{ config, seed, loss, parameters }] }))
  await t.rejects(load(at('nan')), { code: 'ERR_FILE' })
})

t.test('a network loads from its bytes and from the URL of its file', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 3, seed: 5 })
  await net.save(at('bytes.safetensors'))
  const bytes = readFileSync(at('bytes.safetensors'))
  t.ok(net.toBuffer().equals(bytes))
  const own = Uint8Array.from(bytes)
  for (const source of [bytes, own, own.buffer, pathToFileURL(at('bytes.safetensors'))]) {
    t.strictSame(((await load(source)) as PsilonNet).parameters, net.parameters)
  }
  const inside = new Uint8Array([...new Uint8Array(3), ...bytes]).subarray(3)
  t.strictSame(((await load(inside)) as PsilonNet).parameters, net.parameters)
})

t.test('bytes that are no model, and sources that are neither a file nor bytes, are refused', async (t) => {
  const bytes = new PsilonNet({ inputs: 4, hidden: 3 }).toBuffer()
  const faults: [unknown, string, RegExp][] = [
    [new Uint8Array(3), 'ERR_MODEL_FILE', /the model has 3 bytes, too few for a model file$/],
    [bytes.subarray(0, -4), 'ERR_MODEL_FILE', /the model has \d+ bytes of data, its header describes \d+$/],
    [gzipSync(bytes), 'ERR_MODEL_FILE', /the model is a gzip file, expected a model/],
    [new URL('https://example.org/model'), 'ERR_OPTION', /"https:.*" is not the URL of a file$/],
    ...[7, null, new Float64Array(2), {}].map((source): (typeof faults)[number] => {
      return [
        source,
        'ERR_OPTION',
        /, expected the path or URL of a file, or its bytes in a Uint8Array or ArrayBuffer$/,
      ]
    }),
  ]
  for (const [source, code, message] of faults) await t.rejects(load(source as never), { code, message })
})

t.test('an estimator loads from its bytes, by its own class alone', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ x: i, y: i % 2 === 0 ? 'even' : 'odd', z: 3 * i }))
  const options = { preset: 'paper', hidden: 4, depth: 1, epochs: 3, lambda: 1e-3 } as const
  const [regressor, classifier] = [new PsilonRegressor(options), new PsilonClassifier(options)]
  await regressor.fit(rows, { target: 'z' })
  await classifier.fit(rows, { target: 'y' })
  const loaded = await PsilonRegressor.load(regressor.toBuffer())
  t.ok(loaded instanceof PsilonRegressor)
  t.strictSame((await loaded.predict(rows)).values, (await regressor.predict(rows)).values)
  t.strictSame((await PsilonClassifier.load(classifier.toBuffer())).classes, ['even', 'odd'])
  await classifier.save(at('classifier.safetensors'))
  await t.rejects(PsilonRegressor.load(at('classifier.safetensors')), {
    code: 'ERR_MODEL_FILE',
    message: '[load] classifier.safetensors: holds a classifier, expected a regressor',
  })
  await t.rejects(PsilonClassifier.load(regressor.toBuffer()), { code: 'ERR_MODEL_FILE' })
  await t.rejects(PsilonRegressor.load(new PsilonNet({ inputs: 2 }).toBuffer()), {
    message: '[load] the model: holds a network, expected a regressor',
  })
})
