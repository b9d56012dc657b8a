import { PsilonError, PsilonNet } from 'psilon'
import t from 'tap'
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
