import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PsilonClassifier } from 'psilon'
import t, { type Test } from 'tap'
import { hung, packageRoot, runModule } from './support/child.js'

async function outputOf(t: Test, example: string): Promise<string> {
  const { code, signal, stdout, stderr } = await runModule(`import './examples/${example}.mjs'`)
  t.strictSame({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
  return stdout
}

/** The numbers in the first line that matches. */
function numbersIn(output: string, line: RegExp): number[] {
  const found = output.split('\n').find((each) => line.test(each)) ?? ''
  return (found.match(/-?\d+(\.\d+)?/g) ?? []).map(Number)
}

t.test('regression', async (t) => {
  const output = await outputOf(t, '01-regression')
  const r2 = Number(/R2 (\S+),/.exec(output)?.[1])
  t.ok(r2 > 0.8, `R2 is ${r2}`)
  const ended = output.split('\n\n')[0].match(/^\w+ lambda [\d.]+/gm) ?? []
  const searched = ended.slice(0, 3).sort() // two lambdas train at a time, and either may end first
  t.strictSame(searched, ['search lambda 0.0001', 'search lambda 0.001', 'search lambda 0.01'])
  t.strictSame(ended.slice(3), ['fit lambda 0.0001'])
  t.match(output, 'never seen: {"weather":["snow"]}, missing: {"temp":1}')
  t.match(output, /hour +\d+\.\d bicycles from any level to any other/)
})

t.test('classification', async (t) => {
  const output = await outputOf(t, '02-classification')
  const [, accuracy] = numbersIn(output, /new tumours/)
  t.ok(accuracy > 0.95, `accuracy is ${accuracy}`)
  t.equal(output.match(/ chosen$/gm)?.length, 1)
  const counts = [...numbersIn(output, /^benign/), ...numbersIn(output, /^malignant/)]
  t.equal(
    counts.reduce((sum, n) => sum + n, 0),
    169,
  )
  t.match(output, 'the same probabilities to the bit: true')
})

t.test('pruning', async (t) => {
  const output = await outputOf(t, '03-pruning')
  const table = [0, 0.7, 0.9, 0.95].map((sparsity, k) => {
    const [zeros, logLoss, parameters, ...others] = numbersIn(
      output
        .split('\n')
        .slice(3 + k)
        .join('\n'),
      / % /,
    )
    t.ok(zeros >= 100 * sparsity)
    return { logLoss, parameters, kilobytes: Number(others.at(-2)) }
  })
  const [dense, , sparse] = table
  t.equal(dense.parameters, 10 * 100 + 2 * 100 * 100 + 3 + 1 + 100 + 3 * 100 + 1)
  t.ok(sparse.parameters < 0.3 * dense.parameters && sparse.kilobytes < 0.3 * dense.kilobytes)
  t.ok(sparse.logLoss < 0.5, 'nine tenths of the weights are not needed')
})

t.test('certificates', async (t) => {
  const output = await outputOf(t, '04-certificates')
  const table = ['0.0001', '0.001', '0.01', '0.03'].map((lambda) => {
    const [, , original, improved, tight, radius, , held, steps] = numbersIn(output, new RegExp(`^${lambda} `))
    t.ok(original >= improved && improved >= tight)
    t.equal(held, steps)
    t.equal(steps, 40400)
    return radius
  })
  t.strictSame(table, [...table].sort(), 'a stronger regularizer gives larger radii')
  for (const [, bound, found] of output.matchAll(/^ {2}f\w+ +(\S+) \((\S+)\)$/gm)) t.ok(Number(found) <= Number(bound))
})

t.test('cancelling', async (t) => {
  const output = await outputOf(t, '05-cancelling')
  t.match(output, /cancelled after epoch \d+ of 1000000; R2 of new wines 0\.\d/)
  t.match(
    output,
    /ERR_CANCELLED: \[fit\] cancelled by its signal; cancelled after epoch \d+; R2 of new wines -?\d+\.\d/,
  )
  const [, length, best] = /early-stopping after epoch (\d+), the best was (\d+)/.exec(output) ?? []
  t.equal(Number(length), Number(best) + 30)
  t.match(output, /\n {2}0 epochs; R2 of new wines/)
})

t.test('sensors', async (t) => {
  const output = await outputOf(t, '06-sensors')
  const decided = [0.5, 1, 2, 4].map((times) => numbersIn(output, new RegExp(`^${times} +times`))[1] as number)
  t.ok(decided.every((share, k) => k === 0 || share <= (decided[k - 1] as number)))
  const [parts] = numbersIn(output, /need a second measurement/)
  t.ok(Math.abs((300 - (parts as number)) / 3 - (decided[1] as number)) < 0.1)
  t.match(output, /temperature \d+\.\d+ -> \d+\.\d+ °C, pressure/)
  t.match(output, / readings would change the answer: true/)
})

t.test('service', async (t) => {
  const path = join(t.testdir(), 'model.safetensors')
  const rows = Array.from({ length: 60 }, (_, i) => ({
    size: i,
    place: i % 3 === 0 ? 'town' : 'village',
    dear: i > 30,
  }))
  const model = new PsilonClassifier({ preset: 'paper', hidden: 8, depth: 1, epochs: 20, lambda: 1e-3 })
  await model.fit(rows, { target: 'dear' })
  await model.save(path)

  const { NODE_OPTIONS: _hooks, ...env } = process.env
  const service = spawn(process.execPath, ['examples/07-service.mjs', path, '0'], {
    cwd: packageRoot,
    env,
    timeout: hung,
  })
  t.teardown(() => service.kill('SIGKILL'))
  let output = ''
  service.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(service.stdout, 'data')
  const [url] = /http:\S+/.exec(output) ?? ['']
  const post = async (body: string) => {
    const response = await fetch(url, { method: 'POST', body })
    return { status: response.status, ...((await response.json()) as object) }
  }
  const row = { size: 50, place: 'town' }
  const { labels, probabilities } = await model.predict([row])
  const { radii } = await model.certify([row])
  const [label, probability, radius] = [labels[0], probabilities.data[labels[0] === true ? 1 : 0], radii[0]]
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(JSON.stringify(row))))
  for (const answer of answers) {
    t.strictSame(answer, { status: 200, label, probability, radius, unseen: {}, missing: {} })
  }
  t.match(await post('{"size": "x", "place": "town"}'), {
    status: 400,
    error: /column "size": got "x", expected a number/,
  })
  t.match(await post('['), { status: 400 })
  t.match(await post('"/etc/passwd"'), { status: 400, error: /is "\/etc\/passwd", expected an object/ })
  t.match(await post(`{"size": "${'x'.repeat(200_000)}"}`), { status: 413 })
  service.kill('SIGTERM')
  const [code] = await once(service, 'close')
  t.strictSame([code, output.split('\n').slice(1)], [0, ['stopped', '']])
})
