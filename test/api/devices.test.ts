import { devices } from 'psilon'
import t from 'tap'

t.test('the CPU can be used, other devices say why they cannot', async (t) => {
  const all = devices()
  const cpu = all.find(({ kind }) => kind === 'cpu')
  t.match(cpu, { name: 'cpu', available: true, reason: null, instructionSet: /^[a-z]/, description: /./ })
  for (const { available, reason } of all) t.equal(available, reason === null)
  t.same(new Set(all.map(({ kind }) => kind)), new Set(['cpu', 'cuda']))
})
