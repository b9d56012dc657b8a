import { type PsilonClassifier, readTable } from 'psilon'
import t from 'tap'
import { attackBoxes, isClean } from '../dist/bounds/box-attack.js'
import { Random } from '../dist/bounds/random.js'
import { type Subject, trained, withMissingCells } from '../dist/bounds/subject.js'
import { taskOfTable } from '../dist/data/requirements.js'
import { run } from './support/run.js'
import { someTable } from './support/tables.js'

t.test('nothing within a radius has another class, and every counterexample has', async (t) => {
  const data = t.testdir({ 'two.csv': someTable(120, 2), 'three.csv': someTable(120, 3) })
  const { code, stdout, stderr } = await run('check-certificates', ['--data', data, '--boxes', '4000'], { cwd: data })
  t.equal(code, 0, stderr)
  const [, all = ''] = stdout.split('| all |')
  const [boxes, points, flips, counterexamples, unturned] = all
    .split('|')
    .map((text) => Number(text.replaceAll(',', '')))
  t.ok(boxes >= 4000)
  t.equal(points, 10 * boxes)
  t.ok(counterexamples > 250, `${counterexamples}`)
  t.strictSame({ flips, unturned }, { flips: 0, unturned: 0 })
  t.match(stderr, /three: \d+ boxes, \d+ of 4000 so far/)
})

t.test('radii that are too large and wrong counterexamples are found', async (t) => {
  const table = await readTable(`${t.testdir({ 'two.csv': someTable(200, 2) })}/two.csv`)
  const train = await withMissingCells(table, new Random(1))
  const subject = await trained(train, train, taskOfTable(table), { preset: 'fast', lambda: 1e-4, epochs: 60 })
  const model = subject.model as PsilonClassifier
  const { certify } = model
  t.ok(isClean(await attackBoxes(subject, new Random(2), 400)))
  model.certify = async (rows, options) => {
    const certificate = await certify.call(model, rows, options)
    return { ...certificate, radii: certificate.radii.map((radius) => 1.02 * radius) }
  }
  t.ok((await attackBoxes(subject, new Random(2), 400)).flips > 0)
  model.certify = async (rows, options) => {
    const certificate = await certify.call(model, rows, options)
    const { counterexamples } = certificate
    return { ...certificate, counterexamples: counterexamples.map((row, k) => row && (rows as never)[k]) }
  }
  const columns = (rows: Parameters<Subject['table']>[0]) =>
    rows.map((row) => Object.fromEntries(subject.columns.map(({ name }, j) => [name, row[j]])))
  const wrong = await attackBoxes({ ...subject, table: columns as never }, new Random(2), 400)
  t.ok(wrong.counterexamples > 0)
  t.equal(wrong.unturned, wrong.counterexamples)
})
