import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PsilonNet, PsilonRegressor } from 'psilon'
import t from 'tap'
import { quick, someHouses } from '../support/houses.js'
import { psilon, psilonJson } from './run.js'

const cwd = t.testdir()
const at = (name: string) => join(cwd, name)
const model = new PsilonRegressor(quick)
await model.fit(someHouses(60), { target: 'price' })
await model.save(at('price.safetensors'))
const net = new PsilonNet({ inputs: 2, hidden: 3, seed: 1 })
await net.save(at('net.safetensors'))

t.test('export writes what the methods of the model give', async (t) => {
  const flags = ['--js', 'price.mjs', '--c', 'price.h', '--name', 'houses', '--onnx', 'price.onnx']
  const { code, stdout, stderr } = await psilon(['export', 'price.safetensors', ...flags], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.equal(readFileSync(at('price.mjs'), 'utf8'), model.toJavaScript())
  t.equal(readFileSync(at('price.h'), 'utf8'), model.toC({ name: 'houses' }))
  t.ok(readFileSync(at('price.onnx')).equals(model.toOnnx()))
  t.match(stdout, /^(price\.safetensors as price\.(mjs|h|onnx): [\d.]+ kB\n){3}$/)
})

t.test('export with bounds and rounded weights', async (t) => {
  const flags = ['--js', 'bounds.mjs', '--c', 'bounds.h', '--bounds', '--weights', 'int8', '--minimal']
  const { code, stderr } = await psilon(['export', 'price.safetensors', ...flags], { cwd })
  t.strictSame({ code, stderr }, { code: 0, stderr: '' })
  t.equal(readFileSync(at('bounds.mjs'), 'utf8'), model.toJavaScript({ bounds: true, weights: 'int8', minimal: true }))
  t.equal(readFileSync(at('bounds.h'), 'utf8'), model.toC({ bounds: true, weights: 'int8' }))
})

t.test('export of a network, as JSON', async (t) => {
  const found = await psilonJson(['export', 'net.safetensors', '--js', 'net.mjs'], { cwd })
  const text = net.toJavaScript()
  t.equal(readFileSync(at('net.mjs'), 'utf8'), text)
  const files = [{ form: 'js', file: 'net.mjs', bytes: Buffer.byteLength(text) }]
  t.strictSame(found, { command: 'export', model: 'net.safetensors', files })
})

t.test('wrong usage writes nothing', async (t) => {
  const faults: [string[], string][] = [
    [[], 'nothing to write, expected --js, --c or --onnx'],
    [['--js', 'a.mjs', '--name', 'a'], '--name is given without --c'],
    [['--c', 'a.h', '--minimal'], '--minimal is given without --js'],
    [
      ['--js', 'a.mjs', '--weights', 'int4'],
      "option '--weights <format>' argument 'int4' is invalid. Allowed choices are exact, float16, int8.",
    ],
    [['--onnx', 'a.onnx', '--weights', 'int8'], '--weights is given without --js or --c'],
    [['--onnx', 'a.onnx', '--bounds'], '--bounds is given without --js or --c'],
    [['--js', 'a.mjs', '--c', 'a.h', '--name', '9'], '--name must be a name in C, such as model, got "9"'],
    [['--js', 'a', '--c', 'a'], '--js and --c are both a, expected two files'],
    [['--js', 'price.safetensors'], '--js is price.safetensors, which is the model itself, expected another file'],
  ]
  for (const [flags, message] of faults) {
    const { code, stdout, stderr } = await psilon(['export', 'price.safetensors', ...flags], { cwd })
    t.strictSame({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `psilon: [export] ${message}\n` })
  }
  const missing = await psilon(['export', 'price.safetensors', '--js', 'none/a.mjs'], { cwd })
  t.strictSame(
    [missing.code, missing.stderr],
    [1, 'psilon: [export] cannot write none/a.mjs: the folder none is missing\n'],
  )
  for (const name of ['a', 'a.mjs', 'a.h']) t.notOk(existsSync(at(name)))
})
