import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PsilonNet } from 'psilon'
import t from 'tap'
import { smoothTargets, someRows } from '../support/tables.js'

const x = someRows(20, 3)
const data = { x, y: smoothTargets(x) }

t.test('a network that has been disposed of refuses every use', async (t) => {
  const net = new PsilonNet({ inputs: 3, hidden: 4 })
  const { parameters } = net
  net.dispose()
  net.dispose()
  const disposed = (operation: string) => ({
    code: 'ERR_DISPOSED',
    message: `[${operation}] the network has been disposed of`,
  })
  t.throws(() => net.config, disposed('config'))
  t.throws(() => net.parameters, disposed('parameters'))
  t.throws(() => net.setParameters(parameters), disposed('setParameters'))
  t.throws(() => net.predictSync(x), disposed('predictSync'))
  t.throws(() => net.pathNorm(), disposed('pathNorm'))
  t.throws(() => net.lipschitz(), disposed('lipschitz'))
  t.throws(() => net.influence(), disposed('influence'))
  t.throws(() => net.sparsity(), disposed('sparsity'))
  t.throws(() => net.prune({ sparsity: 0.5 }), disposed('prune'))
  t.throws(() => net.compact(), disposed('compact'))
  await t.rejects(net.fit(data), disposed('fit'))
  await t.rejects(net.predict(x), disposed('predict'))
  await t.rejects(net.predictProba(x), disposed('predictProba'))
  await t.rejects(net.certify(x), disposed('certify'))
  await t.rejects(net.save(join(tmpdir(), 'disposed.safetensors')), disposed('save'))
})

t.test('disposal in mid-fit ends the fit', async (t) => {
  const net = new PsilonNet({ inputs: 3, hidden: 4 })
  const run = net.fit(data, { epochs: 1_000_000_000 })
  for await (const _ of run) break
  net.dispose()
  t.throws(() => net.predictSync(x), { code: 'ERR_DISPOSED' })
  const message = '[fit] the network was disposed of while it was being trained'
  await t.rejects(run, { code: 'ERR_DISPOSED', message })
})

t.test('a prediction under way outlives its network', async (t) => {
  const net = new PsilonNet({ inputs: 3, hidden: 4 })
  const expected = net.predictSync(x)
  const prediction = net.predict(x)
  net.dispose()
  t.same(await prediction, expected)
})

t.test('using disposes of the network', async (t) => {
  let kept: PsilonNet
  {
    using net = new PsilonNet({ inputs: 3, hidden: 4 })
    kept = net
    t.equal(kept.predictSync(x).data.length, 20)
  }
  t.throws(() => kept.predictSync(x), { code: 'ERR_DISPOSED' })
})
