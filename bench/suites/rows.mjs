/** Seconds from one row of a table to its prediction, and to that of a network whose inputs are ready. */

import { fileURLToPath } from 'node:url'
import { PsilonClassifier, PsilonRegressor, readTable } from 'psilon'
import { Rounds, secondsPerCall } from '../timing.mjs'

const one = { preset: 'fast', seed: 1 }
const average = { ...one, ensemble: 8 }

const subjects = [
  { table: 'wine_quality.csv.gz', Estimator: PsilonRegressor, target: 'target', model: 'one network', options: one },
  {
    table: 'wine_quality.csv.gz',
    Estimator: PsilonRegressor,
    target: 'target',
    model: 'average of 8',
    options: average,
  },
  {
    table: 'Bike_Sharing_Demand.csv.gz',
    Estimator: PsilonRegressor,
    target: 'target',
    model: 'one network',
    options: one,
  },
  { table: 'breast_cancer.csv', Estimator: PsilonClassifier, target: 'target', model: 'one network', options: one },
]

/** @param {import('../effort.mjs').Effort} effort */
export async function rows(effort) {
  const calls = []
  for (const subject of effort.quick ? subjects.slice(0, 2) : subjects) {
    const { table, model: kind } = subject
    effort.report(`rows, ${table}, ${kind}`)
    const { model, row } = await fitted(subject, effort.quick ? 20 : 1)
    const measured = await new Rounds().run(effort.rounds, measures(model, row, effort))
    const inputs = model.features.length
    for (const call of Object.keys(measures(model, row, effort))) {
      const [seconds, least] = [measured.summary(call), measured.least(call)]
      calls.push({ table, model: kind, inputs, call, seconds, least })
    }
    model.dispose()
  }
  return { calls }
}

/** Of a model that is measured, it only matters what it computes: it sees at most 1,000 rows. */
async function fitted({ table, Estimator, target, options }, part) {
  const all = await readTable(fileURLToPath(new URL(`../../data/${table}`, import.meta.url)))
  const rows = all.slice(0, Math.min(1000, Math.floor(all.rows / part)))
  const model = new Estimator(options)
  await model.fit(rows, { target })
  const inputs = all.names.filter((name) => name !== target)
  return { model, row: Object.fromEntries(inputs.map((name) => [name, all.columns[all.names.indexOf(name)][0]])) }
}

function measures(model, row, { repeats, sample }) {
  const { network } = model
  const { inputs } = network.config
  const x = { data: new Float32Array(inputs).fill(0.5), shape: [1, inputs] }
  const calls = {
    'network.predictSync': () => network.predictSync(x),
    predictSync: () => model.predictSync(row),
    predict: () => model.predict([row]),
    "rangeSync, level 'local'": () => model.rangeSync(row, { level: 'local' }),
  }
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, () => secondsPerCall(call, { repeats, sample })]),
  )
}
