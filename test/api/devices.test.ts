import { devices, PsilonNet } from 'psilon'
import t from 'tap'
import { runModule } from '../support/child.js'
import { refuses } from '../support/refusal.js'

const levels = process.arch === 'arm64' ? ['neon'] : ['baseline', 'avx2', 'avx512']

t.test('the CPU can be used, other devices say why they cannot', async (t) => {
  const all = devices()
  const cpu = all.find(({ kind }) => kind === 'cpu')
  t.match(cpu, { name: 'cpu', available: true, reason: null, instructionSet: /^[a-z]/, description: /./ })
  for (const { available, reason } of all) t.equal(available, reason === null)
  t.same(new Set(all.map(({ kind }) => kind)), new Set(['cpu', 'cuda']))
})

t.test('instruction sets come lowest first; the highest is used, or the one that is named', async (t) => {
  const forced = process.env.PSILON_INSTRUCTION_SET
  t.teardown(() => {
    if (forced === undefined) delete process.env.PSILON_INSTRUCTION_SET
    else process.env.PSILON_INSTRUCTION_SET = forced
  })
  process.env.PSILON_INSTRUCTION_SET = ''
  const sets = devices()[0]?.instructionSets ?? []
  t.strictSame(sets, levels.slice(0, sets.length))
  t.ok(sets.length > 0)
  t.equal(devices()[0]?.instructionSet, sets.at(-1))
  for (const set of sets) {
    process.env.PSILON_INSTRUCTION_SET = set
    t.match(devices()[0], { instructionSet: set, instructionSets: sets, description: `CPU, ${set} kernels` })
  }
  const missing = levels.slice(sets.length)
  for (const set of ['mmx', 'AVX2', ' ', ...missing, process.arch === 'arm64' ? 'avx2' : 'neon']) {
    process.env.PSILON_INSTRUCTION_SET = set
    const message = `PSILON_INSTRUCTION_SET is "${set}"; this processor has ${sets.join(', ')}`
    await refuses(t, 'ERR_DEVICE', `[devices] ${message}`, devices)
    const net = new PsilonNet({ inputs: 1, hidden: [2], outputs: 1 })
    await t.rejects(net.fit({ x: [[1], [2]], y: [[1], [2]] }, { epochs: 1 }), { code: 'ERR_DEVICE', message })
  }
})

t.test('a fit runs on the set that is named', async (t) => {
  const lowest = levels[0] as string
  const { stdout } = await runModule(
    `import { PsilonNet } from 'psilon'
     const net = new PsilonNet({ inputs: 1, hidden: [2], outputs: 1 })
     const { device } = await net.fit({ x: [[1], [2]], y: [[1], [2]] }, { epochs: 1 })
     console.log(device.instructionSet)`,
    { env: { PSILON_INSTRUCTION_SET: lowest } },
  )
  t.equal(stdout, `${lowest}\n`)
})
