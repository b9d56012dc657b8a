import t from 'tap'
import { type Comparison, comparisons, gpuTargets, type Time } from '../../bench/gpu-targets.mjs'
import { page } from '../../bench/page.mjs'
import { isMet } from '../../bench/targets.mjs'
import { reportOf } from './report.mjs'
import { runStep, type Step, type StepResult } from './run-step.mjs'

const step = (code: string, options: Partial<Step> = {}): Step => ({
  command: [process.execPath, '--eval', code],
  minutes: 1,
  ...options,
})

t.test('a step says what it found, what it lacked, or how it failed', async (t) => {
  const found = await runStep(step(`console.log('{"a": 1}'); console.log('so far'); console.log('{"a": 2}')`))
  const cut = await runStep(step(`console.log('{"a": 1}'); console.log('{ a: 2')`))
  t.match(
    cut,
    { passed: true, results: [{ a: 1 }], output: '{ a: 2' },
    'a line that is no JSON is output like any other',
  )
  t.match(found, { passed: true, leftOut: null, failure: null, results: [{ a: 1 }, { a: 2 }], output: 'so far' })
  const without = await runStep(step(`console.log('first'); console.log('no torch'); process.exit(77)`))
  t.match(without, { passed: false, leftOut: 'no torch', failure: null })
  const failed = await runStep(step(`console.error('wrong'); process.exit(3)`))
  t.match(failed, { passed: false, leftOut: null, failure: 'exit 3', output: 'wrong' })
  t.match(await runStep(step('process.abort()')), { passed: false, failure: 'SIGABRT' })
  const command: Step['command'] = ['psilon-no-such-program']
  t.match(await runStep({ command, minutes: 1 }), { passed: false, failure: 'ENOENT', leftOut: null })
  const optional = await runStep({ command, minutes: 1, optional: true })
  t.match(optional, { passed: false, failure: null, leftOut: 'psilon-no-such-program is not installed' })
})

t.test('a step that hangs is ended, with what it has started', async (t) => {
  const child = `console.log('begun'); setInterval(() => {}, 1e6)`
  const code = `
    require('child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(child)}], { stdio: 'inherit' })
    setInterval(() => {}, 1e6)`
  for (let minutes = 1 / 60; ; minutes *= 2) {
    // it returns when nobody has the pipe of its output open any more, so neither is the child alive
    const hung = await runStep(step(code, { minutes }))
    t.match(hung, { passed: false, leftOut: null, failure: /^took more than / })
    if (hung.output === 'begun') return // else the time was too short for the child to begin
  }
})

const summary = (median: number) => ({ median, q1: median, q3: median, repeats: 5 })
const ours = (job: string, precision: Time['precision'], networks: number, seconds: number): Time => ({
  ...{ job, library: 'psilon', device: 'cuda', precision, networks, flop: 8e9 * networks, seconds: summary(seconds) },
})
const torch = (graph: boolean, seconds: number) => ({
  ...{ job: 'deep', library: 'PyTorch', device: 'cuda', graph, precision: 'float32', networks: 1, flop: 8e9 },
  ...{ seconds: summary(seconds), versions: { torch: '2.9.0', cuda: '13.0' } },
})
const times = [
  ours('tabular', 'tf32', 1, 1e-4),
  ours('tabular', 'tf32', 13, 4e-4),
  ours('deep', 'float32', 1, 180e-6),
  ours('deep', 'float32', 13, 3.2e-3),
  { ...ours('deep', 'float32', 1, 1), device: 'cpu' as const },
  torch(false, 4.5e-3),
  torch(true, 3e-4),
] as Time[]

t.test('times are compared, and measured by what they should be', (t) => {
  const compared = comparisons(times, 67e12)
  t.match(compared, [
    { job: 'tabular', precision: 'tf32', seconds: 1e-4, eager: null, graph: null, networks: 13, together: 4 },
    { job: 'deep', precision: 'float32', seconds: 180e-6, networks: 13 },
  ])
  const near = (found: number | null | undefined, expected: number) =>
    t.ok(Math.abs(Number(found) / expected - 1) < 1e-9, `${found} instead of ${expected}`)
  near(compared[1]?.eager, 25)
  near(compared[1]?.graph, 3e-4 / 180e-6)
  near(compared[1]?.share, (13 * 8e9) / 3.2e-3 / 67e12)
  const targets = gpuTargets(compared)
  t.strictSame(
    targets.map((target) => [target.what, target.target, isMet(target)]),
    [
      ["13 tabular networks at once, tf32: share of the card's float32 peak", 0.8, true],
      ['deep step, float32: µs', 200, true],
      ['deep step, float32: PyTorch, multiple of our time', 20, true],
      ['deep step, float32: PyTorch as a CUDA graph, multiple of our time', 2, false],
      ["13 deep networks at once, float32: share of the card's float32 peak", 0.5, false],
    ],
  )
  t.strictSame(gpuTargets([]), [])
  t.match(comparisons(times, undefined), [{ share: null }, { share: null }], 'the peak is not known')
  const alone: Comparison[] = comparisons([ours('deep', 'tf32', 1, 1e-4)], 67e12)
  t.match(alone, [{ eager: null, graph: null, networks: null, together: null, share: null }])
  t.strictSame(
    gpuTargets(alone).map(({ what }) => what),
    ['deep step, tf32: µs'],
  )
  t.end()
})

const ended = (results: unknown[] = [], output = ''): StepResult => ({
  ...{ passed: true, leftOut: null, failure: null, seconds: 1, results, output },
})
const device = {
  ...{ name: 'NVIDIA H100', capability: '9.0', memory: 85e9, processors: 132, peakFloat32: 67e12 },
  ...{ driverCuda: '13.0', runtimeCuda: '13.0' },
}
const run = { file: 'run.json', dtype: 'float64', steps: 25, goldenCpu: 4e-15, goldenCuda: 5e-15, cpuCuda: 6e-15 }
const steps: Record<string, StepResult> = {
  driver: ended([], '580.65.06'),
  'facts of the device': ended([device]),
  trajectories: ended([run]),
  'time of a step': ended(times.slice(0, 5)),
  'time of a step in PyTorch': ended(times.slice(5)),
}

t.test('the report names versions, what failed and what was left out', (t) => {
  const names = Object.keys(steps)
  const whole = reportOf(names, steps)
  t.match(whole, { passed: true, complete: true, failed: [], leftOut: [], device, trajectories: [run] })
  t.match(whole.versions, {
    ...{ 'Node.js': process.versions.node, driver: '580.65.06', 'CUDA of the driver': '13.0', 'CUDA runtime': '13.0' },
    ...{ PyTorch: '2.9.0', "PyTorch's CUDA": '13.0' },
  })
  t.equal(whole.targets.length, 5)
  const absent = { ...ended(), passed: false, leftOut: 'torch is missing' }
  t.match(reportOf(names, { ...steps, 'time of a step in PyTorch': absent }), {
    ...{ passed: true, complete: false, leftOut: ['time of a step in PyTorch: torch is missing'] },
    versions: { PyTorch: null },
  })
  const failing = { ...ended(), passed: false, failure: 'exit 1' }
  t.match(reportOf(names, { ...steps, trajectories: failing }), {
    ...{ passed: false, complete: true, failed: ['trajectories: exit 1'] },
  })
  t.match(reportOf([...names, 'memcheck'], steps), { passed: true, complete: false }, 'not all have been done')
  t.match(reportOf(names, {}), { device: null, times: [], targets: [], complete: false })
  t.end()
})

const machine = {
  ...{ date: '2026-01-01', processor: 'some', cores: 2, memory: 2 ** 33, system: 'Linux', threads: [1] },
  versions: { psilon: '0.1.0' },
}
const gpuPart = (check?: unknown) => {
  const text = page({ machine, quick: false, suites: {} }, check)
  return text.slice(text.indexOf('## GPU'))
}

t.test('the page has a section of the GPU from what the check found', (t) => {
  t.equal(
    gpuPart(),
    '## GPU\n\nNot measured, because there was no GPU. On one, `npm run gpu-check` tests and times psilon.\n',
  )
  const text = gpuPart(reportOf(Object.keys(steps), steps))
  for (const words of [
    '| device | NVIDIA H100, compute capability 9.0, 132 multiprocessors, 79.2 GiB |',
    'driver 580.65.06; CUDA of the driver 13.0; CUDA runtime 13.0; PyTorch 2.9.0',
    '| deep step, float32: µs | at most 200 | 180 | yes |',
    '| deep step, float32: PyTorch, multiple of our time | at least 20 | 25 | yes |',
    '| deep | PyTorch, CUDA graph | GPU | float32 | 1 | 300 |',
    '| deep | float32 | 25 | 1.67 | 13 | 17.8 | 48.5 % |',
    '| run.json | float64 | 25 | 4.0e-15 | 5.0e-15 | 6.0e-15 |',
  ])
    t.ok(text.includes(words), `${words} in\n${text}`)
  t.notMatch(text, /Left out|Failed|not finished/)
  const absent = { ...ended(), passed: false, leftOut: 'compute-sanitizer is not installed' }
  const some = reportOf([...Object.keys(steps), 'memcheck'], { ...steps, memcheck: absent })
  t.ok(gpuPart(some).includes('**Left out:** memcheck: compute-sanitizer is not installed.'))
  t.match(gpuPart(reportOf(['memcheck', ...Object.keys(steps)], steps)), 'The run was not finished')
  t.end()
})
