import { copyFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { importNetwork, load, PsilonNet } from 'psilon'
import t from 'tap'
import { psilon } from '../cli/run.js'
import { packageRoot } from '../support/child.js'
import { refuses } from '../support/refusal.js'
import { float, modelOf, node, tensor } from './onnx-builder.js'

const folder = t.testdir()
const at = (name: string) => join(folder, name)
const classifier = join(packageRoot, 'test', 'fixtures', 'onnx', 'classifier.onnx')
const net = new PsilonNet({ inputs: 3, hidden: [4, 5], outputs: 2, seed: 1 })
const bytes = Buffer.from(net.toOnnx())

t.test('a path, a URL and bytes', async (t) => {
  writeFileSync(at('net.onnx'), bytes)
  const wanted = await importNetwork(at('net.onnx'))
  const sources = [pathToFileURL(at('net.onnx')), bytes, Uint8Array.from(bytes), Uint8Array.from(bytes).buffer]
  for (const source of sources) t.strictSame((await importNetwork(source)).parameters, wanted.parameters)
})

t.test('the content tells what a file is, not its name', async (t) => {
  const plain = await importNetwork(bytes)
  await plain.save(at('saved.onnx'))
  writeFileSync(at('net.safetensors'), bytes)
  t.strictSame((await importNetwork(at('net.safetensors'))).parameters, plain.parameters)
  const { __metadata__: _, ...tensors } = plain.parameters as Record<string, unknown>
  t.same(Object.keys(tensors).length, 6)
  t.strictSame((await importNetwork(at('saved.onnx'))).parameters, plain.parameters)
})

t.test('other files say what they are', async (t) => {
  const others: [name: string, content: string | Buffer, what: string][] = [
    ['table.csv', 'a,b\n1,2\n', 'is a text, such as a CSV file, expected a safetensors or an ONNX file of a network'],
    [
      'net.pt',
      Buffer.from('PK\x03\x04archive/data.pkl'),
      'is a zip archive, as PyTorch and Keras write them, expected a safetensors or an ONNX file of a network',
    ],
    ['net.onnx.gz', gzipSync(bytes), 'is a gzip file, expected a safetensors or an ONNX file of a network'],
    ['odd', Buffer.alloc(100, 0x81), 'is neither a safetensors nor an ONNX file, or it is damaged'],
    ['empty', '', 'has 0 bytes, too few for a model file'],
  ]
  for (const [name, content, what] of others) {
    writeFileSync(at(name), content)
    await refuses(t, 'ERR_MODEL_FILE', `[importNetwork] ${name} ${what}`, () => importNetwork(at(name)))
  }
  await refuses(t, 'ERR_FILE', `[importNetwork] cannot read ${at('none.onnx')}: no such file`, () =>
    importNetwork(at('none.onnx')),
  )
  await refuses(
    t,
    'ERR_OPTION',
    '[importNetwork] got 7, expected the path or URL of a file, or its bytes in a Uint8Array or ArrayBuffer',
    () => importNetwork(7 as never),
  )
})

t.test('an ONNX model in the place of a model file', async (t) => {
  const expected = 'expected a model, which is a safetensors file that psilon wrote'
  await refuses(t, 'ERR_MODEL_FILE', `[load] the model is an ONNX model, ${expected}`, () => load(bytes))
  await refuses(t, 'ERR_MODEL_FILE', `[load] classifier.onnx is an ONNX model, ${expected}`, () => load(classifier))
  const { code, stderr } = await psilon(['train', classifier, '--target', 'y'])
  t.match({ code, stderr }, { code: 1, stderr: /classifier.onnx is an ONNX model, expected a CSV or Parquet file/ })
})

t.test('a file that is cut off anywhere before its metadata', async (t) => {
  const { parameters } = await importNetwork(bytes)
  const metadataAt = bytes.indexOf('path_norm') - 4
  for (let length = 0; length <= bytes.length; length++) {
    const start = await importNetwork(bytes.subarray(0, length)).catch(({ code }) => code)
    const isWhole = start instanceof PsilonNet && JSON.stringify(start.parameters) === JSON.stringify(parameters)
    if (start === 'ERR_MODEL_FILE' ? length === bytes.length : !isWhole || length < metadataAt) {
      t.fail(`${length} bytes: ${start}`)
    }
  }
})

t.test('a file beyond the size of a message', async (t) => {
  writeFileSync(at('large.onnx'), bytes)
  truncateSync(at('large.onnx'), 2 ** 31)
  const message = 'large.onnx has 2147483648 bytes, an ONNX file has at most 2147483647'
  await refuses(t, 'ERR_MODEL_FILE', `[importNetwork] ${message}`, () => importNetwork(at('large.onnx')))
})

const weights = Float32Array.of(1, 2, 3, 4, 5, 6)
const outside = (entries: Record<string, string>) =>
  modelOf({
    nodes: [node('MatMul', ['x', 'w0'], 'z'), node('Relu', ['z'], 'h'), node('MatMul', ['h', 'w1'], 'y')],
    initializers: [
      tensor('w0', 'FLOAT', [3, 2], {
        dataLocation: 1,
        externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
      }),
      float('w1', [2, 1], [1, -1]),
    ],
  })

t.test('numbers in another file of the folder', async (t) => {
  writeFileSync(at('net.onnx.data'), Buffer.concat([Buffer.alloc(8), Buffer.from(weights.buffer), Buffer.alloc(3)]))
  writeFileSync(at('outside.onnx'), outside({ location: 'net.onnx.data', offset: '8', length: '24' }))
  const { parameters } = await importNetwork(at('outside.onnx'))
  t.strictSame(parameters['layers.0.v']?.data, Float32Array.of(1, 3, 5, 2, 4, 6))
  writeFileSync(at('start.onnx'), outside({ location: 'start.data' }))
  writeFileSync(at('start.data'), Buffer.from(weights.buffer))
  t.strictSame((await importNetwork(pathToFileURL(at('start.onnx')))).parameters, parameters)
})

t.test('numbers in files that are elsewhere, links, too short or missing', async (t) => {
  mkdirSync(at('inner/deep'), { recursive: true })
  writeFileSync(at('secret.data'), Buffer.from(weights.buffer))
  writeFileSync(at('inner/deep/w.data'), Buffer.from(weights.buffer))
  symlinkSync(at('secret.data'), at('inner/link.data'))
  const model = at('inner/outside.onnx')
  const own = 'expected the name of a file in its own folder'
  const cases: [entries: Record<string, string>, code: string, message: string][] = [
    [{ location: '../secret.data' }, 'ERR_MODEL_FILE', `needs the file "../secret.data", ${own}`],
    [{ location: 'deep/w.data' }, 'ERR_MODEL_FILE', `needs the file "deep/w.data", ${own}`],
    [{ location: 'deep/../../secret.data' }, 'ERR_MODEL_FILE', `needs the file "deep/../../secret.data", ${own}`],
    [{ location: '/etc/passwd' }, 'ERR_MODEL_FILE', `needs the file "/etc/passwd", ${own}`],
    [{}, 'ERR_MODEL_FILE', `needs the file "", ${own}`],
    [{ location: '..' }, 'ERR_FILE', `${at('')} is not a regular file`],
    [{ location: 'deep' }, 'ERR_FILE', `${at('inner/deep')} is not a regular file`],
    [{ location: 'a\0b' }, 'ERR_FILE', `cannot read ${at('inner/a')}\\u0000b: its path contains a null byte`],
    [
      { location: 'link.data' },
      'ERR_MODEL_FILE',
      'needs the file "link.data", which is a link, expected a file of its own',
    ],
    [{ location: 'none.data' }, 'ERR_FILE', `cannot read ${at('inner/none.data')}: no such file`],
    [
      { location: 'outside.onnx', offset: '9999' },
      'ERR_MODEL_FILE',
      'the constant "w0" ends at byte 10023 of outside.onnx, which has SIZE',
    ],
    [
      { location: 'outside.onnx', offset: '-1' },
      'ERR_MODEL_FILE',
      'the constant "w0" has "-1" as its offset in another file',
    ],
    [
      { location: 'outside.onnx', length: '12' },
      'ERR_MODEL_FILE',
      'the constant "w0" has the shape [3, 2] and 12 bytes in another file, expected 24',
    ],
  ]
  for (const [entries, code, message] of cases) {
    const content = outside(entries)
    writeFileSync(model, content)
    const wanted = message.replace('SIZE', String(content.length)).replace(`${at('')} `, `${folder} `)
    await refuses(t, code, `[importNetwork] outside.onnx: ${wanted}`, () => importNetwork(model))
  }
  await refuses(
    t,
    'ERR_MODEL_FILE',
    '[importNetwork] the model: needs the file "w.data", and bytes have no folder; give a path',
    () => importNetwork(outside({ location: 'w.data' })),
  )
})

t.test('on the command line', async (t) => {
  copyFileSync(classifier, at(basename(classifier)))
  const imported = await psilon(['import', 'classifier.onnx', '--out', 'classifier.safetensors'], { cwd: folder })
  t.strictSame(imported, {
    ...{ code: 0, signal: null, stderr: '' },
    stdout: 'mlp, 4 inputs, hidden layers of 5, 3, no normalisation, float32\nthe model is in classifier.safetensors\n',
  })
  t.equal(((await load(at('classifier.safetensors'))) as PsilonNet).loss, 'softmax')
  const given = ['import', 'classifier.onnx', '--loss', 'bce', '--out', 'bce.safetensors', '--json']
  const { stdout } = await psilon(given, { cwd: folder })
  t.match(JSON.parse(stdout), { command: 'import', parameters: 'classifier.onnx', network: { hidden: [5, 3] } })
  t.equal(((await load(at('bce.safetensors'))) as PsilonNet).loss, 'bce')
  const pruned = (name: string) => ['prune', name, '--sparsity', '0.3', '--out', 'pruned.safetensors']
  const odd = await psilon(pruned('classifier.safetensors'), { cwd: folder })
  const found = 'the network has normalization "none", so its weights cannot be projected and pruned'
  t.strictSame(
    [odd.code, odd.stderr],
    [1, `psilon: [prune] ${found}; train it or import it with normalization: "l1"\n`],
  )
  const normalised = ['import', 'classifier.onnx', '--normalization', 'l1', '--out', 'l1.safetensors']
  t.match(await psilon(normalised, { cwd: folder }), { code: 0, stdout: /l1 normalisation/ })
  t.match(await psilon(pruned('l1.safetensors'), { cwd: folder }), { code: 0 })
})
