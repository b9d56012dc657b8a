/**
 * node test/gpu/failures.mjs CASE [ADDON]: a GPU that fails under a fit, and what becomes of the network and of the
 * process. ADDON is that of faults.cu, which makes it fail; without one the stand-in for CUDA does, as its environment
 * says. Prints the error, as a line of JSON.
 */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { devices, PsilonNet } from 'psilon'
import { generator } from '../../bench/random.mjs'

const [, , name, addon] = process.argv
const faults =
  addon === undefined ? { leave() {}, takeAfter() {}, lose() {} } : createRequire(import.meta.url)(resolve(addon))
const inputs = 32

/** A matrix of so many rows. */
function table(rows, columns) {
  const next = generator(5)
  return { data: Float32Array.from({ length: rows * columns }, next), shape: [rows, columns] }
}
const tables = (rows) => ({ x: table(rows, inputs), y: table(rows, 1) })

const small = tables(200)
const outputs = (net) => Array.from(net.predictSync(small.x).data)

/** What the fit rejects with. */
async function failureOf(run) {
  try {
    await run
  } catch (error) {
    const { code, message, details } = /** @type {import('psilon').PsilonError} */ (error)
    console.log(JSON.stringify({ code, message, details }))
    return { code, message, details }
  }
  assert.fail('the fit did not fail')
}

async function trainsOn(net, device) {
  const history = await net.fit(small, { epochs: 2, device })
  assert.equal(history.stopped, 'completed')
  return history.device
}

/** A fit that lacks memory says how much, and leaves the network as it was. */
async function lacksMemory(rows) {
  const net = new PsilonNet({ inputs, hidden: 1000, depth: 2 })
  const before = outputs(net)
  const data = tables(rows)
  const { code, details } = await failureOf(net.fit(data, { epochs: 1, batchSize: 100, device: 'cuda' }))
  assert.equal(code, 'ERR_MEMORY')
  for (const figure of [details.needed, details.available]) assert.equal(typeof figure, 'number')
  assert.deepEqual(outputs(net), before, 'the network is unchanged')
  await trainsOn(net, 'cpu')
  return details
}

const cases = {
  async 'too-large'() {
    faults.leave(64 * 2 ** 20)
    const { needed, available } = await lacksMemory(200)
    assert.ok(Number(needed) > Number(available), `${needed} is more than ${available}`)
  },
  async 'taken-after-the-check'() {
    faults.leave(2 ** 30) // so that the rest is soon taken
    faults.takeAfter(64 * 2 ** 20)
    await lacksMemory(addon === undefined ? 200 : 1_000_000) // a table of 128 MB, which is the first that is allocated
  },
  async lost() {
    const net = new PsilonNet({ inputs, hidden: 16, depth: 2, dtype: 'float64' })
    const run = net.fit(small, { epochs: 1_000_000, schedule: 'constant', validation: small, device: 'cuda' })
    const losses = [] // on the rows of `small`, with the parameters of each epoch
    const reading = (async () => {
      for await (const { validationLoss } of run) if (losses.push(validationLoss) === 1) faults.lose()
    })()
    const { code, message, details } = await failureOf(reading)
    assert.equal(code, 'ERR_DEVICE')
    assert.match(message, /; the network keeps the parameters of epoch [1-9]/)
    assert.equal(details.epoch, losses.length, 'the last epoch that was told')
    const squares = outputs(net).map((output, k) => (output - small.y.data[k]) ** 2)
    const loss = squares.reduce((sum, square) => sum + square) / squares.length
    assert.ok(Math.abs(loss / losses.at(-1) - 1) < 1e-9, `a loss of ${loss}, and of ${losses.at(-1)} when it was told`)
    await trainsOn(net, 'cpu')
    const [, { available, reason }] = devices()
    assert.ok(!available)
    assert.match(String(reason), /lost/)
    assert.equal((await trainsOn(net, 'auto')).reason, `CUDA cannot be used: ${reason}`)
  },
}

assert.ok(Object.hasOwn(cases, name), `no case ${name}, but ${Object.keys(cases).join(', ')}`)
await cases[name]()
