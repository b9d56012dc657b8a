import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { besidePeak } from '../bench/peak.mjs'
import { packageRoot } from './support/child.js'

const env = { ...process.env, NODE_OPTIONS: '', PYTHON: '/nonexistent/python3' }

function bench(...args: string[]) {
  return promisify(execFile)(process.execPath, ['bench/main.mjs', ...args], { cwd: packageRoot, env })
}

/** Paths and values of all numbers; JSON has null for what is not finite. */
function numbersIn(value: unknown, path = ''): [string, number | null][] {
  if (typeof value === 'number' || value === null) return [[path, value]]
  if (typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, each]) => numbersIn(each, `${path}.${key}`))
}

// how much longer a product takes with packing, which may be lost in what else the machine does
const mayBeZero = /^\.kernels\.products\.\d+\.packing\./

t.test('a quick run measures everything', async (t) => {
  const file = join(t.testdir(), 'quick.json')
  const { stdout, stderr } = await bench('--quick', '--json', file)
  t.equal(stdout, '', 'figures go to the file alone')
  t.match(stderr, 'step, tabular, 1 thread')
  const { machine, quick, suites } = JSON.parse(readFileSync(file, 'utf8'))
  t.equal(quick, true)
  t.match(machine, { date: /^\d{4}-\d\d-\d\d$/, processor: /./, versions: { 'Node.js': process.versions.node } })
  t.strictSame(Object.keys(suites), ['kernels', 'training', 'small', 'presets', 'inference', 'rows', 'versus'])

  const numbers = numbersIn(suites)
  t.ok(numbers.length > 500, `${numbers.length} numbers`)
  const wrong = numbers.filter(
    ([path, value]) => value === null || (value <= 0 && !(value === 0 && mayBeZero.test(path))),
  )
  t.strictSame(wrong, [], 'all of them are finite and positive')
  for (const { q1, median, q3 } of suites.training.growth.map(({ seconds }) => seconds)) {
    t.ok(q1 <= median && median <= q3)
  }
  t.match(suites.versus.skipped.PyTorch, 'ENOENT', 'a peer that is absent is left out by name')
  t.match(suites.presets.skipped.XGBoost, 'ENOENT')
})

t.test('the page is made from the figures of a run', async (t) => {
  const folder = t.testdir()
  const [json, page, again] = ['inference.json', 'first.md', 'second.md'].map((name) => join(folder, name))
  await bench('inference', '--quick', '--json', json, '--page', page)
  const text = readFileSync(page, 'utf8')
  t.match(text, /^# Benchmarks\n/)
  t.match(text, 'these figures say nothing', 'a quick run is not taken for another')
  const { machine, suites } = JSON.parse(readFileSync(json, 'utf8'))
  t.strictSame(Object.keys(suites), ['inference'])
  for (const fact of [machine.date, machine.processor, machine.instructionSet]) t.match(text, fact)
  const lines = text.split('\n').filter((line) => / \| predict(Sync)? \| /.test(line))
  t.equal(lines.length, suites.inference.predictions.length, 'each measurement has its line')

  await bench('--from', json, '--page', again)
  t.equal(readFileSync(again, 'utf8'), text)
})

t.test('each sample of work stands between two of the peak, after a round that is not counted', async (t) => {
  const done: string[] = []
  let peaks = 0
  const peak = () => {
    done.push('peak')
    return ++peaks
  }
  const work = (name: string, seconds: number) => async () => {
    done.push(name)
    return [seconds * done.length]
  }
  const [a, b] = await besidePeak(2, peak, [work('a', 1), work('b', 100)])
  t.same(done.join(' '), 'a b peak a peak b peak a peak b peak')
  t.match(a, { seconds: { median: 6, repeats: 2 }, peak: { median: 2.5, repeats: 4 } }, 'peaks 1 2 3 4')
  t.match(b, { seconds: { median: 800, repeats: 2 }, peak: { median: 3.5, repeats: 4 } }, 'peaks 2 3 4 5')
  t.equal(a.flopAtPeak.median, (4 * 1.5 + 8 * 3.5) / 2, 'each sample at the peaks around it')
})

t.test('what a flag cannot mean is refused', async (t) => {
  await t.rejects(bench('speed'), {
    code: 1,
    stderr: /Allowed choices are kernels, training, small, presets, inference, rows, versus/,
  })
  for (const threads of ['many', '0', '100000'])
    await t.rejects(bench('--threads', threads, '--quick'), { code: 1, stderr: /numbers of threads from 1 to/ })
  const nowhere = join(t.testdir(), 'no such folder', 'figures.json')
  for (const flag of ['--json', '--page', '--from'])
    await t.rejects(bench(flag, nowhere, '--quick'), { code: 1, stderr: /ENOENT/ }, 'before anything is measured')
})
