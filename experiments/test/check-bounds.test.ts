import { PsilonClassifier, readTable } from 'psilon'
import t from 'tap'
import { attackCertificates } from '../dist/bounds/certificate-attack.js'
import { attackInfluence } from '../dist/bounds/influence-attack.js'
import { attackNetwork } from '../dist/bounds/network-attack.js'
import { Random } from '../dist/bounds/random.js'
import { type Subject, trained, withMissingCells } from '../dist/bounds/subject.js'
import { taskOfTable } from '../dist/data/requirements.js'
import { run } from './support/run.js'
import { someTable } from './support/tables.js'

const cwd = process.cwd()

t.test('no attack gets beyond the bounds of any encoding', async (t) => {
  const data = t.testdir({ 'two.csv': someTable(200, 2), 'values.csv': someTable(200) })
  for (const [folder, options, sets] of [
    ['data', { epochs: 10, hidden: 16 }, 'wine,breast_cancer,Bike_Sharing_Demand'],
    [data, { epochs: 20, hidden: 16, ensemble: 2 }, 'two,values'],
    [data, { epochs: 10, hidden: 8, kind: 'resnet', prune: { sparsity: 0.5 } }, 'two,values'],
  ] as const) {
    const args = ['--data', folder, '--options', JSON.stringify(options), '--sets', sets]
    const { code, stdout, stderr } = await run('check-bounds', args, { cwd })
    t.equal(code, 0, stderr)
    t.match(stdout, '| table | standard | asinh | robust | rank-normal | piecewise-linear |')
    const shares = stdout.match(/(?<=\| )\d[\d.]*(?= \|)/g) ?? []
    t.equal(shares.length, 5 * (folder === 'data' ? 3 + 3 + 2 : 2 + 2 + 1))
    t.ok(shares.every((share) => Number(share) <= 1))
  }
})

/** A model with one hidden unit: where it is active, one line says everything, and bounds are reached. */
async function line(classes?: number): Promise<Subject> {
  const table = await readTable(`${t.testdir({ 'some.csv': someTable(200, classes) })}/some.csv`)
  const train = await withMissingCells(table, new Random(1))
  const preset = { preset: 'fast', lambda: 1e-4, encoding: 'standard', hidden: 1, depth: 1 }
  const options = { ...preset, epochs: 100, dtype: 'float64', ignore: ['town'] }
  return trained(train, train, taskOfTable(table), options)
}

t.test('attacks reach bounds that can be reached, and find those that are too small', async (t) => {
  for (const classes of [undefined, 2]) {
    const subject = await line(classes)
    const influence = (given: Subject) => attackInfluence(given, new Random(2), 'float64')
    const reached = await influence(subject)
    t.ok(reached > 0.99 && reached <= 1, `${reached}`)
    const outputs = subject.outputs.map((output) => ({
      ...output,
      bounds: output.bounds.map(({ bound, ...others }) => ({ ...others, bound: 0.98 * bound })),
    }))
    t.ok((await influence({ ...subject, outputs })) > 1)

    const { model } = subject
    const network = (lipschitz: number) => {
      const smaller = { lipschitz: () => lipschitz, pathNorm: () => 2 * lipschitz, network: model.network }
      return attackNetwork(
        { ...subject, model: { ...smaller, members: model.members } as never },
        new Random(3),
        'float64',
      )
    }
    const whole = await network(model.lipschitz())
    t.ok(whole > 0.99 && whole <= 1, `${whole}`)
    t.ok((await network(0.98 * model.lipschitz())) > 1)
    model.dispose()
  }
})

t.test('a class that changes within a radius is found', async (t) => {
  const subject = await line(2)
  const radii = (given: Subject) => attackCertificates(given, new Random(4), 'float64')
  const reached = await radii(subject)
  t.ok(reached > 0.9 && reached <= 1, `${reached}`)
  const columns = subject.columns.map((column) => {
    const { numbers } = column
    return { ...column, numbers: numbers && { ...numbers, deviation: 1.2 * numbers.deviation } }
  })
  t.ok((await radii({ ...subject, columns })) > 1)
  t.ok(subject.model instanceof PsilonClassifier)
  subject.model.dispose()
})

t.test('what cannot be read is refused', async (t) => {
  t.match(await run('check-bounds', ['--data', 'nowhere'], { cwd }), { code: 1, stderr: /nowhere/ })
  t.match(await run('check-bounds', ['--options', '[1]'], { cwd }), { code: 1, stderr: /Expected an object as JSON/ })
})
