import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromParameters, importNetwork, PsilonNet, PsilonResNet, type Tensor } from 'psilon'
import t from 'tap'
import { encodeSafetensors } from '#psilon/io/safetensors.js'
import { psilon } from '../cli/run.js'
import { networkRows, networks } from '../export/models.js'

const f32 = (shape: number[], ...values: number[]): Tensor => ({ shape, data: Float32Array.from(values) })
const plain = {
  'layers.0.v': f32([2, 1], 1, -2),
  'layers.0.b': f32([2], 0.5, 1),
  'layers.1.v': f32([1, 2], 3, 4),
  'layers.1.b': f32([1], -1),
}

t.test('the parameters of a network give the network', async (t) => {
  for (const [name, make] of Object.entries(networks)) {
    const net = await make()
    const { loss, parameters } = net
    const same = fromParameters(parameters, { loss: loss ?? undefined })
    t.equal(same.constructor, net.constructor, name)
    t.strictSame(same.config, net.config, name)
    t.strictSame(same.predictSync(networkRows), net.predictSync(networkRows), name)
    if (loss !== 'mse') t.strictSame(await same.predictProba(networkRows), await net.predictProba(networkRows), name)
  }
  const own = new PsilonResNet({ inputs: 3, hidden: 4, depth: 2, sharedLength: [true, false], normalization: 'l2' })
  t.strictSame(fromParameters(own.parameters, { normalization: 'l2' }).config, own.config)
})

t.test('a plain network with ReLU', async (t) => {
  const net = fromParameters(plain)
  t.ok(net instanceof PsilonNet)
  t.match(net.config, { normalization: 'none', hidden: [2], inputs: 1, outputs: 1, dtype: 'float32' })
  const expected = (x: number) => 3 * Math.max(x + 0.5, 0) + 4 * Math.max(1 - 2 * x, 0) - 1
  for (const x of [-1, 0, 0.25, 2]) t.equal(net.predictSync([[x]]).data[0], expected(x))
  t.ok(Math.abs(net.pathNorm() - 11) < 1e-9) // |3| 1 + |4| 2, rounded up
  await t.rejects(net.predictProba([[1]]), { code: 'ERR_NOT_FITTED' })
  t.equal(fromParameters(plain, { loss: 'bce' }).loss, 'bce')
})

t.test('rows are normalised without changing the function, and can be pruned', async (t) => {
  const x = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 60])
  const y = x.map(([a, b, c]) => [a * b, Math.abs(c - 0.5)])
  const of = { inputs: 3, outputs: 2, seed: 1, normalization: 'none', dtype: 'float64' } as const
  for (const [net, normalization] of [
    [new PsilonNet({ ...of, hidden: [9, 7] }), 'l1'],
    [new PsilonNet({ ...of, hidden: [9, 7] }), 'l2'],
    [new PsilonResNet({ ...of, hidden: 6, depth: 2 }), 'l1'],
    [new PsilonResNet({ ...of, hidden: 6, depth: 2 }), 'l2'],
  ] as const) {
    await net.fit({ x, y }, { epochs: 20 })
    const { parameters } = net
    parameters['layers.0.v'].data.fill(0, 0, 3)
    net.setParameters(parameters)
    const same = fromParameters(parameters, { normalization })
    const other = await importNetwork(net.toOnnx(), { normalization })
    t.equal(same.config.normalization, normalization)
    t.strictSame(other.parameters, same.parameters)
    const [found, wanted] = [same, net].map((each) => each.predictSync(x).data)
    t.ok(found.every((value, k) => Math.abs(value - wanted[k]) < 1e-12))
    t.ok(Math.abs(same.pathNorm() / net.pathNorm() - 1) < 1e-12)
    t.ok(same.prune({ sparsity: 0.4 }).exact >= 0.4)
    await other.fit({ x, y }, { epochs: 10, prune: { sparsity: 0.5 } })
    t.ok(other.sparsity().exact >= 0.5)
  }
  const { 'layers.1.b': _, ...others } = plain
  t.throws(() => fromParameters(others, { normalization: 'l1' }), {
    code: 'ERR_SHAPE',
    message: /"layers.1.b" is missing/,
  })
  const some = { ...plain, 'layers.1.g': f32([1], 1) }
  t.throws(() => fromParameters(some, { normalization: 'l1' }), {
    code: 'ERR_SHAPE',
    message: /"layers.0.g" is missing/,
  })
  const tiny = { ...plain, 'layers.1.v': f32([1, 2], 1e-40, 1e-41) }
  t.throws(() => fromParameters(tiny, { normalization: 'l1' }), {
    code: 'ERR_DATA',
    message: /row 0 .* has the l1 norm/,
  })
})

t.test('other names, shapes and values are refused', async (t) => {
  const { 'layers.0.v': v, 'layers.1.b': b, ...others } = plain
  const faults: [unknown, string, RegExp][] = [
    [null, 'ERR_DATA', /parameters must be an object of tensors, got null/],
    [{}, 'ERR_SHAPE', /parameters have no parameter "layers.0.v", expected two layers at least/],
    [{ 'layers.0.v': v, 'layers.0.b': f32([2], 0, 0) }, 'ERR_SHAPE', /parameters have one layer alone/],
    [others, 'ERR_SHAPE', /parameter "layers.0.v" is missing/],
    [{ 'layers.0.v': v, ...others }, 'ERR_SHAPE', /parameter "layers.1.b" is missing/],
    [{ ...plain, 'layers.1.weight': v }, 'ERR_SHAPE', /unknown parameter "layers.1.weight"/],
    [
      { ...plain, 'layers.1.v': f32([1, 3], 1, 2, 3) },
      'ERR_SHAPE',
      /"layers.1.v" has shape \[1, 3\], the network has \[1, 2\]/,
    ],
    [{ ...plain, 'layers.0.v': f32([2], 1, 2) }, 'ERR_SHAPE', /"layers.0.v" has shape \[2\], expected \[out, in\]/],
    [{ ...plain, 'layers.1.b': f32([1], Number.NaN) }, 'ERR_DATA', /parameter "layers.1.b"/],
    [{ ...plain, 'layers.1.b': { shape: [1], data: [1] } }, 'ERR_DATA', /"layers.1.b" must be \{ shape, data \}/],
    [
      { ...plain, 'layers.1.v': { shape: [2 ** 31, 2 ** 31], data: new Float32Array(1) } },
      'ERR_DATA',
      /"layers.1.v" must be/,
    ],
  ]
  for (const [given, code, message] of faults) t.throws(() => fromParameters(given as typeof plain), { code, message })
  t.throws(() => fromParameters(plain, { loss: 'softmax' }), {
    code: 'ERR_OPTION',
    message: /the network has one output/,
  })
  t.throws(() => fromParameters({ ...plain, 'layers.1.b': b }, { norm: 'l1' } as never), { code: 'ERR_OPTION' })
})

t.test('a file of tensors is imported, also on the command line', async (t) => {
  const cwd = t.testdir()
  const at = (name: string) => join(cwd, name)
  const tensors = new Map(
    Object.entries(plain).map(([name, { shape, data }]) => [name, { dtype: 'F32' as const, shape, data }]),
  )
  await writeFile(at('plain.safetensors'), encodeSafetensors(tensors, { format: 'pt' }))
  const net = await importNetwork(at('plain.safetensors'))
  t.strictSame(net.parameters, fromParameters(plain).parameters)
  const { code, stdout } = await psilon(
    ['import', 'plain.safetensors', '--loss', 'bce', '--out', 'model.safetensors'],
    { cwd },
  )
  t.equal(code, 0)
  t.equal(stdout, 'mlp, 1 input, 1 hidden layer of 2, no normalisation, float32\nthe model is in model.safetensors\n')
  const inspected = await psilon(['inspect', 'model.safetensors'], { cwd })
  t.equal(inspected.code, 0)
  const over = await psilon(['import', 'plain.safetensors', '--out', 'plain.safetensors'], { cwd })
  t.strictSame(
    [over.code, over.stderr],
    [2, 'psilon: [import] --out is plain.safetensors, which is the file of the parameters, expected another file\n'],
  )
  await writeFile(at('odd.safetensors'), encodeSafetensors(new Map([...tensors].slice(1)), {}))
  await t.rejects(importNetwork(at('odd.safetensors')), {
    code: 'ERR_MODEL_FILE',
    message: '[importNetwork] odd.safetensors: parameter "layers.0.v" is missing',
  })
})
