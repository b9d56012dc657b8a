import { join } from 'node:path'
import { load, type PsilonError, PsilonNet } from 'psilon'
import t from 'tap'
import { someRows } from '../support/tables.js'

const { constrainedMemory } = process
t.afterEach(() => {
  process.constrainedMemory = constrainedMemory
})

/** Leaves the process so many bytes more than it has, as the limit of a control group would. */
function leave(bytes: number): void {
  process.constrainedMemory = () => process.memoryUsage.rss() + bytes
}

const x = someRows(50, 4)
const y = someRows(50, 1)

t.test('a fit that does not fit into memory is refused with both figures, and trains nothing', async (t) => {
  const net = new PsilonNet({ inputs: 4, hidden: 300 })
  const before = net.predictSync(x)
  leave(2e6)
  const error = (await net.fit({ x, y }, { epochs: 1 }).catch((error) => error)) as PsilonError
  t.equal(error.code, 'ERR_MEMORY')
  t.match(error.message, /^\[fit\] needs \d+\.\d MB, [12]\.\d MB is available$/)
  t.ok((error.details.needed as number) > 2e6)
  t.same(net.predictSync(x), before)
  process.constrainedMemory = constrainedMemory
  await net.fit({ x, y }, { epochs: 1 })
})

t.test('so is a network, and a file', async (t) => {
  const path = join(t.testdir(), 'model.safetensors')
  await new PsilonNet({ inputs: 4, hidden: 300 }).save(path)
  leave(1e5)
  t.throws(() => new PsilonNet({ inputs: 4, hidden: 300 }), { code: 'ERR_MEMORY', message: /^\[PsilonNet\] needs / })
  await t.rejects(load(path), { code: 'ERR_MEMORY', message: /^\[load\] needs / })
  process.constrainedMemory = constrainedMemory
  await load(path)
})

t.test('without a limit the memory of the machine counts', async (t) => {
  process.constrainedMemory = () => 0
  t.ok(new PsilonNet({ inputs: 4, hidden: 300 }))
  t.throws(() => new PsilonNet({ inputs: 1e6, hidden: 1e6 }), { code: 'ERR_MEMORY' })
})
