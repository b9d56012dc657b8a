import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, PsilonClassifier, PsilonNet, PsilonRegressor, PsilonResNet } from 'psilon'
import t, { type Test } from 'tap'
import { readRecord } from '#psilon/report/record.js'
import { packageRoot } from '../support/child.js'

const folder = join(packageRoot, 'test', 'fixtures', 'models-0.1.0')
const at = (name: string) => join(folder, name)
const expected: Record<string, Expected> = JSON.parse(readFileSync(at('expected.json'), 'utf8'))

interface Expected {
  rows: never
  pathNorm: number
  outputs?: number[]
  predictions?: number[]
  labels?: unknown[]
  classes?: unknown[]
  probabilities?: number[]
  loss?: string | null
  lambda?: number
}

/** To rounding: instruction sets sum in orders of their own. */
function near(t: Test, found: ArrayLike<number>, wanted: readonly number[]): void {
  t.equal(found.length, wanted.length)
  wanted.forEach((value, i) => {
    t.ok(Math.abs((found[i] as number) - value) <= 2e-5 * Math.max(0.1, Math.abs(value)), `${found[i]}, not ${value}`)
  })
}

for (const [name, wanted] of Object.entries(expected)) {
  t.test(`a model of 0.1.0 predicts what it did: ${name}`, async (t) => {
    const model = await load(at(`${name}.safetensors`))
    near(t, [model.pathNorm()], [wanted.pathNorm])
    if (model instanceof PsilonNet || model instanceof PsilonResNet) {
      near(t, model.predictSync(wanted.rows).data, wanted.outputs as number[])
      near(t, (await model.predict(wanted.rows)).data, wanted.outputs as number[])
      t.equal(model.loss, wanted.loss)
      return
    }
    t.equal(model.lambda, wanted.lambda)
    if (model instanceof PsilonRegressor) {
      near(t, (await model.predict(wanted.rows)).values, wanted.predictions as number[])
      return
    }
    t.ok(model instanceof PsilonClassifier)
    const { labels, probabilities } = await model.predict(wanted.rows)
    t.strictSame(labels, wanted.labels)
    t.strictSame(model.classes, wanted.classes)
    near(t, probabilities.data, wanted.probabilities as number[])
  })
}

t.test('a run of 0.1.0 is read', async (t) => {
  t.ok((await load(at('trained.safetensors'))) instanceof PsilonRegressor)
  const record = await readRecord(at('trained.run.json'))
  t.equal(record?.version, '0.1.0')
  t.strictSame(
    record?.epochs.map(({ epoch }) => epoch),
    [1, 2, 3, 4],
  )
})
