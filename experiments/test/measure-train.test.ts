import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { run } from './support/run.js'
import { someTable } from './support/tables.js'

const tables = { 'three.csv': someTable(90, 3), 'values.csv': someTable(200), 'wrong.csv': 'a,b\n1,2\n' }
const small = ['--', '--preset', 'paper', '--hidden', '8', '--epochs', '30', '--batch-size', '20']

t.test('every table is trained as the program does it alone', async (t) => {
  const cwd = t.testdir({ data: tables })
  const { code, stdout, stderr } = await run('measure-train', ['--data', 'data', '--out', 'run', ...small], { cwd })
  t.equal(code, 1, 'one of the tables has no target')
  t.match(stderr, /wrong failed: \[train\] .*target/)
  t.match(stdout, /^\| table \| train \| test \| score \|/)
  const { trained, failed, flags } = JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8'))
  t.strictSame(flags, small.slice(1))
  t.match(failed, [{ table: 'wrong' }])
  t.match(trained, [
    { table: 'three', task: 'classification', rows: { train: 72, test: 18 } },
    { table: 'values', task: 'regression', rows: { train: 160, test: 40 }, accuracy: null },
  ])
  for (const { score, baseline, seconds, bytes, setting } of trained) {
    t.ok(score < baseline, `${score} and ${baseline}`)
    t.ok(seconds.wall > 0 && seconds.processor > 0 && bytes > 500)
    t.match(setting, { encoding: 'standard', hidden: 8, lambda: 1e-3, members: 1 })
  }
  t.equal(stdout.split('\n').filter((line) => /^\| (three|values) /.test(line)).length, 2)
})

t.test('Ctrl-C ends the run', async (t) => {
  const cwd = t.testdir({ data: tables })
  const options = { cwd, interruptAt: 'three: ' }
  const { code, stderr, stdout } = await run('measure-train', ['--data', 'data', '--out', 'run', ...small], options)
  t.match({ code, stdout }, { code: 130, stdout: '' })
  t.match(stderr, 'cancelled')
  t.equal(JSON.parse(readFileSync(join(cwd, 'run', 'results.json'), 'utf8')).trained.length, 1)
})
