import { inspect } from 'node:util'
import { serialize } from 'node:v8'
import { type History, PsilonError, PsilonNet } from 'psilon'
import t from 'tap'
import { refusal } from '../support/refusal.js'
import { someRows } from '../support/tables.js'

const x = someRows(10, 2)
const net = new PsilonNet({ inputs: 2, hidden: 3 })

/** Gives the error of a call made by a function named theCaller. */
async function errorOf(call: () => unknown): Promise<PsilonError> {
  async function theCaller() {
    await call()
  }
  try {
    await theCaller()
  } catch (error) {
    return error as PsilonError
  }
  throw new Error('nothing was thrown')
}

const calls: [name: string, call: () => unknown][] = [
  ['a wrong constructor option', () => new PsilonNet({ inputs: 0 })],
  ['a wrong fit option', () => net.fit({ x, y: [] }, { epochs: -1 })],
  ['wrong targets', () => net.fit({ x, y: [1] })],
  ['a fit that fails in the core', () => net.fit({ x, y: Array(10).fill(1e30) }, { epochs: 100, learningRate: 0.5 })],
  ['a sparsity the core refuses for a fit', () => net.fit({ x, y: Array(10).fill(0) }, { prune: { sparsity: 0.999 } })],
  ['a sparsity the core refuses', () => net.prune({ sparsity: 0.999 })],
  ['wrong rows', () => net.predict([[1]])],
  ['wrong rows, synchronously', () => net.predictSync([[1]])],
]

for (const [name, call] of calls) {
  t.test(`${name} has the stack of its caller`, async (t) => {
    const error = await errorOf(call)
    t.ok(error instanceof PsilonError)
    t.equal(error.name, 'PsilonError')
    t.match(error.stack, /at theCaller /)
    t.match(error.stack, new RegExp(`^PsilonError: ${error.message.replace(/[^\w ]/g, '\\$&')}\n`))
  })
}

t.test('an error with the history of a long run is small where it is printed or serialised', async (t) => {
  const tiny = new PsilonNet({ inputs: 1, hidden: 1, depth: 1 })
  const controller = new AbortController()
  const data = { x: [[1], [2]], y: [1, 2] }
  const run = tiny.fit(data, { epochs: 1_000_000_000, device: 'cpu', threads: 1, signal: controller.signal })
  const listen = async () => {
    for await (const { epoch } of run) if (epoch === 5000) controller.abort(new Error('enough'))
  }
  await t.rejects(listen(), { code: 'ERR_CANCELLED' })
  const error = await refusal(run)
  t.ok((error.details.history as History).epochs.length >= 5000)
  t.ok(JSON.stringify(error).length < 300)
  t.ok(inspect(error).length < 3000)
  t.ok(serialize(error).length < 3000)
})

t.test('JSON of an error has its code, details and cause', async (t) => {
  const cause = new RangeError('too many')
  const error = new PsilonError('ERR_DATA', '[fit] no', { cause, details: { epoch: 3, history: [1], errors: [2] } })
  const json = { name: 'PsilonError', code: 'ERR_DATA', message: '[fit] no', details: { epoch: 3 } }
  t.strictSame(JSON.parse(JSON.stringify(error)), { ...json, cause: { name: 'RangeError', message: 'too many' } })
  t.strictSame([error.details.history, error.details.errors], [[1], [2]])
  const aborted = new PsilonError('ERR_DATA', '[fit] no', { cause: AbortSignal.abort().reason })
  t.match(aborted.toJSON().cause, { name: 'AbortError', message: /aborted/ })
  t.equal(new PsilonError('ERR_DATA', '[fit] no', { cause: new Proxy({}, { get: fail }) }).toJSON().cause, undefined)
  t.match(structuredClone(error), { message: '[fit] no', stack: error.stack })
})

function fail(): never {
  throw new Error('not to be read')
}
