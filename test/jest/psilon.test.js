// @ts-nocheck the globals of Jest are declared in its own packages, which need not be installed
import { jest } from '@jest/globals'
// The whole API as a test file of Jest sees it: in a context with typed arrays, errors and prototypes of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  devices,
  fitMany,
  load,
  PsilonClassifier,
  PsilonError,
  PsilonNet,
  PsilonRegressor,
  PsilonResNet,
  readTable,
} from 'psilon'

const folder = mkdtempSync(join(tmpdir(), 'psilon-jest-'))
const at = (name) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

const x = { data: Float32Array.of(0, 1, 1, 0, 1, 1, 0, 0), shape: [4, 2] }
const y = [1, 1, 2, 0]
const quick = { epochs: 5, device: 'cpu' }
const one = { preset: 'paper' }
const rows = Array.from({ length: 60 }, (_, i) => ({
  a: Math.sin(i),
  town: i % 3 ? 'x' : 'y',
  y: Math.cos(i),
  c: i % 2,
}))

test.each([PsilonNet, PsilonResNet])('a network: %p', async (Network) => {
  const net = new Network({ inputs: 2, hidden: 4, depth: 2, seed: 1 })
  const events = []
  const run = net.fit({ x, y, sampleWeight: Float32Array.of(1, 2, 1, 1) }, { ...quick, validation: { x, y } })
  for await (const event of run) events.push(event)
  const history = await run
  expect(history.epochs).toStrictEqual(events)
  expect(history.stopped).toBe('completed')
  const outputs = await net.predict(x)
  expect(outputs.data).toBeInstanceOf(Float32Array)
  expect(net.predictSync(x)).toStrictEqual(outputs)
  expect(
    net.predictSync([
      [0, 1],
      [1, 0],
      [1, 1],
      [0, 0],
    ]),
  ).toStrictEqual(outputs)
  expect(net.influence()).toBeInstanceOf(Float64Array)
  expect(net.pathNorm({ bound: 'tight' })).toBeCloseTo(net.lipschitz())
  expect(net.config).toStrictEqual({ ...net.config, hidden: [4, 4], sharedLength: [true, true] })
  expect(net.sparsity().layers).toHaveLength(3)
  expect(net.toOnnx().length).toBeGreaterThan(500)
  const parameters = net.parameters
  expect(parameters['layers.0.v'].data).toBeInstanceOf(Float32Array)
  net.setParameters(parameters)
  expect(net.parameters).toStrictEqual(parameters)
  await net.save(at('net.safetensors'))
  const loaded = await load(at('net.safetensors'))
  expect(await loaded.predict(x)).toStrictEqual(outputs)
  net.prune({ scale: 2 })
  net.compact()
  net.dispose()
  await expect(net.predict(x)).rejects.toMatchObject({ name: 'PsilonError', code: 'ERR_DISPOSED' })
})

test('outputs go back in as a table', async () => {
  const net = new PsilonNet({ inputs: 1, hidden: 4 })
  const outputs = await net.predict({ data: new Float32Array([1, 2, 3]), shape: [3, 1] })
  expect((await net.predict(outputs)).shape).toStrictEqual([3, 1])
})

test('classes, probabilities and certificates', async () => {
  const net = new PsilonNet({ inputs: 2, hidden: 4, outputs: 3 })
  await net.fit({ x, y: Int32Array.from(y) }, { ...quick, loss: 'softmax' })
  expect((await net.predictProba(x)).data).toBeInstanceOf(Float32Array)
  const { classes, radii } = await net.certify(x)
  expect(classes).toBeInstanceOf(Int32Array)
  expect(radii).toBeInstanceOf(Float64Array)
})

test('several fits', async () => {
  const fits = [1, 2].map((seed) => {
    return { network: new PsilonNet({ inputs: 2, hidden: 4, seed }), data: { x, y }, options: { epochs: 3 } }
  })
  const run = fitMany(fits, { threads: 2, signal: new AbortController().signal })
  let events = 0
  for await (const { index } of run) events += index + 1
  expect(events).toBe(9)
  expect(await run).toHaveLength(2)
})

test('a regressor', async () => {
  const model = new PsilonRegressor({
    ...quick,
    ...one,
    hidden: 4,
    ensemble: 2,
    earlyStopping: { patience: 2 },
    ignore: ['c'],
  })
  const { stopped } = await model.fit(rows, { target: 'y', sampleWeight: new Float64Array(60).fill(1) })
  expect(['completed', 'early-stopping']).toContain(stopped)
  const { values } = await model.predict(rows)
  expect(values).toHaveLength(60)
  await model.save(at('regressor.safetensors'))
  const loaded = await load(at('regressor.safetensors'))
  expect(loaded).toBeInstanceOf(PsilonRegressor)
  expect((await loaded.predict(rows)).values).toStrictEqual(values)
  const columns = { a: new Float64Array(rows.map(({ a }) => a)), town: rows.map(({ town }) => town) }
  expect((await loaded.predict(columns)).values).toStrictEqual(values)
  expect(await loaded.score(rows)).toBe(await model.score(rows))
  expect(loaded.influence()).toStrictEqual(model.influence())
  expect(Buffer.compare(loaded.toOnnx(), model.toOnnx())).toBe(0)
})

test('a classifier, with lambda chosen', async () => {
  const settings = { ...quick, ...one, hidden: 4, lambda: 'auto', lambdas: [1e-3, 1e-2], ignore: ['y'] }
  const model = new PsilonClassifier({ ...settings, selection: { folds: 2 } })
  const { search } = await model.fit(rows, { target: 'c', signal: AbortSignal.timeout(60_000) })
  expect(search).toHaveLength(2)
  await model.predict(rows)
  await model.evaluate(rows)
  await model.certify(rows)
  await model.save(at('classifier.safetensors'))
  expect(await load(at('classifier.safetensors'))).toBeInstanceOf(PsilonClassifier)
})

test('tables of files', async () => {
  writeFileSync(at('t.csv'), 'a,town,y\n1,x,2\n2,y,3\n3,x,4\n')
  const table = await readTable(at('t.csv'))
  expect(table.rows).toBe(3)
  const model = new PsilonRegressor({ ...quick, ...one, hidden: 4 })
  await model.fit(table, { target: 'y' })
  await expect(readTable(at('none.csv'))).rejects.toMatchObject({ code: 'ERR_FILE' })
})

test('errors are those of this context', async () => {
  const net = new PsilonNet({ inputs: 2, hidden: 4 })
  expect(() => new PsilonNet({ inputs: 0 })).toThrow(PsilonError)
  await expect(net.predict(x, { threads: 0 })).rejects.toThrow('threads')
  const error = await net.fit({ x, y: [1] }).catch((error) => error)
  expect(error).toBeInstanceOf(PsilonError)
  expect(error).toBeInstanceOf(Error)
  expect(() => net.prune({ sparsity: 0.999 })).toThrow(PsilonError)
  expect(() => net.setParameters({})).toThrow(/is missing/)
  await expect(load(at('none.safetensors'))).rejects.toBeInstanceOf(PsilonError)
})

test('signals', async () => {
  const net = new PsilonNet({ inputs: 2, hidden: 4 })
  const controller = new AbortController()
  const run = net.fit({ x, y }, { epochs: 1_000_000_000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(run).rejects.toMatchObject({ code: 'ERR_CANCELLED', cause: { message: 'enough' } })
  const aborted = AbortSignal.abort()
  await expect(net.fit({ x, y }, { signal: aborted })).rejects.toMatchObject({ code: 'ERR_CANCELLED' })
})

test('the event loop turns under timers that Jest has replaced', async () => {
  jest.useFakeTimers()
  const run = new PsilonNet({ inputs: 2, hidden: 1, depth: 1 }).fit({ x, y }, { ...quick, epochs: 100 })
  let events = 0
  for await (const _ of run) events++
  jest.useRealTimers()
  expect(events).toBe(100)
})

test('devices', () => {
  expect(devices()[0]).toMatchObject({ kind: 'cpu', available: true })
  expect(Array.isArray(devices())).toBe(true)
})
