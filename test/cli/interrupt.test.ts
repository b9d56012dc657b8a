import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { load, type PsilonClassifier } from 'psilon'
import t from 'tap'
import { readRecord } from '#psilon/report/record.js'
import { runModule } from '../support/child.js'
import { bundled } from '../support/houses.js'
import { psilon } from './run.js'

const cancer = bundled('breast_cancer.csv')
const long = [
  ...['train', cancer, '--target', 'target', '--preset', 'paper', '--hidden', '32', '--train-rows', '200'],
  ...['--epochs', '100000', '--threads', '1'],
]

t.test('Ctrl-C ends the fit, saves the model so far and says so', async (t) => {
  const cwd = t.testdir()
  const end = await psilon([...long, '--out', 'm.safetensors'], { cwd, interruptAt: '10%' })
  t.match({ code: end.code, signal: end.signal }, { code: 130, signal: null })
  const [, epoch] = /cancelled after epoch (\d+); the model so far is in m\.safetensors\n$/.exec(end.stderr) ?? []
  t.ok(Number(epoch) >= 10_000 && Number(epoch) < 100_000, end.stderr)
  t.notMatch(end.stderr, '100%')
  t.notMatch(end.stdout, 'log loss')
  const model = (await load(join(cwd, 'm.safetensors'))) as PsilonClassifier
  t.ok((await model.score(cancer)) > 0.8)
  const record = await readRecord(join(cwd, 'm.run.json'))
  t.match(record, { stopped: 'cancelled', epoch: Number(epoch) })
  t.equal(record?.epochs.at(-1)?.epoch, Number(epoch))
})

t.test('SIGTERM and SIGHUP do the same, with exit codes of their own', async (t) => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const cwd = t.testdir()
    const end = await psilon([...long, '--out', 'm.safetensors'], { cwd, interruptAt: '10%', signal })
    t.match({ code: end.code, signal: end.signal }, { code, signal: null })
    t.match(end.stderr, `psilon: ${signal} received; cancelling\npsilon: [train] cancelled after epoch `)
    t.match(await load(join(cwd, 'm.safetensors')), { target: 'target' })
    t.match(await readRecord(join(cwd, 'm.run.json')), { stopped: 'cancelled' })
  }
})

t.test('without --out nothing is saved', async (t) => {
  const cwd = t.testdir()
  const { code, stderr } = await psilon(long, { cwd, interruptAt: '10%' })
  t.equal(code, 130)
  t.match(stderr, /psilon: \[train\] cancelled after epoch \d+; no model was saved, as --out was not given\n$/)
})

t.test('in the search for lambda there is no model yet', async (t) => {
  const cwd = t.testdir()
  const args = [...long, '--lambdas', '1e-3,1e-2,1e-1', '--out', 'm.safetensors']
  const { code, stderr } = await psilon(args, { cwd, interruptAt: '10%' })
  t.equal(code, 130)
  t.match(stderr, /psilon: \[train\] cancelled in the search; there is no model yet\n$/)
  t.notOk(existsSync(join(cwd, 'm.safetensors')))
})

/**
 * A module that is interrupted when it prints, and interrupts itself once more after so many milliseconds by its clock.
 * It ends well if it outlives that.
 */
const stubborn = (after: number, second: NodeJS.Signals = 'SIGINT') => `
  import { onInterrupt } from '#psilon/cli/terminal/interrupt.js'
  let now = 1
  Date.now = () => now
  onInterrupt(() => {
    now += ${after}
    process.once('${second}', () => process.exit(0))
    process.kill(process.pid, '${second}')
  })
  setInterval(() => {}, 1e6)
  console.log('ready')
`

t.test('a second Ctrl-C ends the process at once', async (t) => {
  t.match(await runModule(stubborn(400), { signal: 'SIGINT' }), { code: 130, signal: null })
})

t.test(
  'so does a second SIGTERM, with its exit code; a closing terminal may send SIGHUP as often as it likes',
  async (t) => {
    t.match(await runModule(stubborn(400, 'SIGTERM'), { signal: 'SIGTERM' }), { code: 143, signal: null })
    t.match(await runModule(stubborn(400, 'SIGHUP'), { signal: 'SIGHUP' }), { code: 0, signal: null })
  },
)

t.test('one Ctrl-C that arrives twice, as below npm, is one', async (t) => {
  t.match(await runModule(stubborn(10), { signal: 'SIGINT' }), { code: 0, signal: null })
})

t.test('once released, Ctrl-C ends the process as ever', async (t) => {
  const end = await runModule(
    `
      import { onInterrupt } from '#psilon/cli/terminal/interrupt.js'
      onInterrupt(() => {}).release()
      setInterval(() => {}, 1e6)
      console.log('ready')
    `,
    { signal: 'SIGINT' },
  )
  t.match(end, { code: null, signal: 'SIGINT' })
})
