import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { readCheckpoint } from '#psilon/checkpoint/checkpoint-file.js'
import { bundled } from '../support/houses.js'
import { cli, psilon } from './run.js'

const cancer = bundled('breast_cancer.csv')
const train = (epochs: number) => [
  ...[
    'train',
    cancer,
    '--target',
    'target',
    '--train-rows',
    '150',
    '--seed',
    '3',
    '--out',
    'm.safetensors',
    '--no-report',
  ],
  ...['--preset', 'paper', '--hidden', '32', '--batch-size', '5', '--epochs', `${epochs}`],
]
const checkpoint = ['--checkpoint', 'run.checkpoint', '--checkpoint-every', '0']

/** The epoch after which the checkpoint was taken; 0 if there is none of a fit that runs. */
async function epochIn(cwd: string): Promise<number> {
  const path = join(cwd, 'run.checkpoint')
  if (!existsSync(path)) return 0
  const fit = (await readCheckpoint(path)).sections.get('fits.0')?.facts as { position?: { epoch: number } } | undefined
  return fit?.position?.epoch ?? 0
}

/** Trains until the checkpoint is one of such an epoch, and kills the process. @returns false if it has ended before. */
async function killedBehind(epoch: number, epochs: number, cwd: string): Promise<boolean> {
  const args = [cli, ...train(epochs), ...checkpoint, '--resume']
  const child = spawn(process.execPath, args, { cwd, stdio: 'ignore' })
  const end = once(child, 'exit')
  while (child.exitCode === null && (await epochIn(cwd)) < epoch) await setTimeout(2)
  child.kill('SIGKILL')
  return (await end)[1] === 'SIGKILL'
}

/** A run that was killed twice, of so many epochs that it does not end before. */
async function killedTwice(folder: string) {
  for (let epochs = 3000; ; epochs *= 4) {
    const cwd = join(folder, `${epochs}`)
    mkdirSync(cwd)
    if ((await killedBehind(20, epochs, cwd)) && (await killedBehind(500, epochs, cwd))) return { cwd, epochs }
  }
}

t.test('a run that was killed goes on to the same model', async (t) => {
  const { cwd, epochs } = await killedTwice(t.testdir({ plain: {} }))
  const plain = join(t.testdirName, 'plain')
  t.match(await psilon(train(epochs), { cwd: plain }), { code: 0 })
  t.notOk(existsSync(join(cwd, 'm.safetensors')))

  const refused = await psilon([...train(epochs), ...checkpoint], { cwd })
  const said = 'psilon: [train] run.checkpoint is already there; say --resume to go on from it, or remove it\n'
  t.match(refused, { code: 1, stdout: '', stderr: said })

  const last = await psilon([...train(epochs), ...checkpoint, '--resume'], { cwd })
  t.match(last, { code: 0, stderr: /^psilon: going on from run\.checkpoint\n/ })
  const told = Array.from(last.stderr.matchAll(/epoch (\d+)\/\d+/g), ([, epoch]) => Number(epoch))
  t.ok(told.length > 0 && told.every((epoch) => epoch > 500), `${told}`)
  const model = (folder: string) => readFileSync(join(folder, 'm.safetensors'))
  t.ok(model(cwd).equals(model(plain)), 'the same bytes')
  t.strictSame(readdirSync(cwd).sort(), readdirSync(plain).sort(), 'the checkpoint is removed')
})

t.test('Ctrl-C keeps the checkpoint', async (t) => {
  const cwd = t.testdir()
  const end = await psilon([...train(20_000), ...checkpoint], { cwd, interruptAt: '10%' })
  t.equal(end.code, 130)
  t.match(end.stderr, /; --resume goes on from run\.checkpoint\n$/)
  t.ok((await epochIn(cwd)) > 0)
})

t.test('wrong use', async (t) => {
  const cwd = t.testdir()
  const cases: [string[], RegExp][] = [
    [['--resume'], /^psilon: \[train\] --resume needs --checkpoint, which is not given\n$/],
    [['--checkpoint-every', '5'], /--checkpoint-every needs --checkpoint, which is not given\n$/],
    [['--checkpoint', 'm.safetensors'], /--checkpoint m\.safetensors, which is the model, expected another file\n$/],
    [['--checkpoint', cancer], /which is the table, expected another file\n$/],
    [['--checkpoint', 'a', '--checkpoint-every', '-1'], /--checkpoint-every .*-1\n$/],
  ]
  for (const [flags, stderr] of cases)
    t.match(await psilon([...train(1), ...flags], { cwd }), { code: 2, stdout: '', stderr })
})
