import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packageRoot } from '../support/child.js'
import { instructionSets } from '../support/instruction-sets.mjs'

const fixtures = join(packageRoot, 'test', 'fixtures')
const files = readdirSync(fixtures).filter((name) => name.endsWith('.json'))
const double = files.length
const single = files.filter((name) => JSON.parse(readFileSync(join(fixtures, name), 'utf8')).float32 !== false).length

function conformance(args: string[], own: Record<string, string> = {}) {
  const { NODE_OPTIONS: _hooks, PSILON_INSTRUCTION_SET: _level, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/conformance/main.mjs', ...args], {
    cwd: packageRoot,
    encoding: 'utf8',
    env: { ...env, ...own },
  })
  return { status, last: stdout.trimEnd().split('\n').at(-1), stdout, stderr }
}

const counts = [
  ['float64', double],
  ['float32', single],
] as const

t.test('every golden number, at every instruction set of this processor', async (t) => {
  for (const [dtype, count] of counts) {
    const { status, last, stdout, stderr } = conformance([fixtures, '--dtype', dtype])
    t.match(stdout, `, at ${instructionSets.join(', ')}\n`)
    t.equal(last, `${count} passed, 0 failed`, `${dtype}\n${stdout}${stderr}`)
    t.equal(status, 0)
  }
  t.ok(instructionSets.length > 0)
})

t.test('one instruction set where it is named, as rounding differs', async (t) => {
  const [folder, name] = [t.testdir(), 'optimise-psilon-mlp.json']
  copyFileSync(join(fixtures, name), join(folder, name))
  const errors = instructionSets.map((level) => conformance([folder], { PSILON_INSTRUCTION_SET: level }).stdout)
  t.equal(new Set(errors).size, errors.length)
  for (const text of errors) t.match(text, /\n1 passed, 0 failed\n$/)
})

const onHost = (dtype: string) => [fixtures, '--dtype', dtype, '--device', 'cuda-host']
const largest = (text: string) => Number(/^ {2}outputs +(\S+)/m.exec(text)?.[1])
const shuffled = { PSILON_CUDA_HOST_ORDER: 'shuffled' }

t.test(
  'every golden number, by the kernels of CUDA on the CPU, and in tf32 within what its rounding explains',
  async (t) => {
    const exact64 = conformance(onHost('float64'))
    t.match(exact64, { status: 0, last: `${double} passed, 0 failed`, stderr: '' })
    const exact = conformance(onHost('float32'), shuffled)
    t.match(exact, { status: 0, last: `${single} passed, 0 failed`, stderr: '' })
    const rounded = conformance([...onHost('float32'), '--precision', 'tf32'], shuffled)
    t.match(rounded, { status: 0, last: `${single} passed, 0 failed`, stderr: '' })
    t.ok(largest(rounded.stdout) > 10 * largest(exact.stdout), 'factors were rounded')
    for (const other of [
      ['--device', 'cpu'],
      ['--dtype', 'float64'],
    ])
      t.equal(conformance([...onHost('float32'), '--precision', 'tf32', ...other]).status, 2)
  },
)

// biome-ignore lint/suspicious/noExplicitAny: golden files are edited freely
type Golden = any

function edited(t: Test, name: string, edit: (golden: Golden) => void) {
  const folder = t.testdir({})
  const golden = JSON.parse(readFileSync(join(fixtures, name), 'utf8'))
  edit(golden)
  writeFileSync(join(folder, 'edited.json'), JSON.stringify(golden))
  return conformance([folder])
}

const wrong: [string, string, (golden: Golden) => void][] = [
  ['a number', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.loss *= 1 + 1e-8)],
  ['an entry', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.grads['layers.0.v'].data[3] += 1e-3)],
  ['a zero', 'prune-mlp-alpha-1.json', ({ expected }) => expected.projection['layers.1.p'].data.fill(1e-12)],
  ['an unknown quantity', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.surprise = 1)],
  ['nothing expected', 'psilon-mlp-mse-d1.json', (golden) => (golden.expected = {})],
  ['an empty group', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.grads = {})],
  ['no bound', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.pathNorm = {})],
  ['a shape', 'psilon-mlp-mse-d1.json', ({ expected }) => (expected.outputs.shape = [1, 1])],
  ['a step', 'optimise-psilon-mlp.json', ({ expected }) => (expected.history.loss.data[24] += 1e-6)],
  [
    'the last parameters',
    'optimise-psilon-mlp.json',
    ({ expected }) => (expected.paramsAfter[25]['layers.0.b'].data[0] += 1e-6),
  ],
  ['an unknown part of a training', 'optimise-psilon-mlp.json', ({ expected }) => (expected.surprise = {})],
  ['a broken network', 'psilon-mlp-mse-d1.json', ({ params }) => (params['layers.0.v'].data.length = 2)],
]

for (const [what, name, edit] of wrong)
  t.test(`${what} that is wrong fails`, async (t) => {
    const { status, last, stdout } = edited(t, name, edit)
    t.equal(last, '0 passed, 1 failed')
    t.equal(status, 1)
    t.match(stdout, /^FAIL edited\.json: /m)
  })

t.test('a folder without golden files fails, and so does none', async (t) => {
  const { status, last } = conformance([t.testdir({})])
  t.strictSame({ status, last }, { status: 1, last: '0 passed, 0 failed' })
  t.equal(conformance([join(t.testdir({}), 'nowhere')]).status, 2)
  t.equal(conformance([fixtures, '--dtype', 'float16']).status, 2)
})
