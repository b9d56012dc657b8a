// How many bicycles will be rented in an hour? A regressor takes a table as it is: numbers, words and gaps.
import { PsilonRegressor } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('Bike_Sharing_Demand.csv.gz')
const train = rows.slice(0, 2000)
const test = rows.slice(2000, 4000)

// 'auto' tries each lambda with a fifth of the rows held out, then trains on all of them
const model = new PsilonRegressor({
  preset: 'paper',
  hidden: 64,
  lambda: 'auto',
  lambdas: [1e-4, 1e-3, 1e-2],
  epochs: 100,
  batchSize: 100,
  categorical: ['hour'],
  seed: 1,
})
const run = model.fit(train, { target: 'target' })
for await (const { stage, lambda, epoch, epochs, loss, pathNorm } of run) {
  if (epoch === epochs)
    console.log(`${stage} lambda ${lambda}: loss ${loss.toFixed(4)}, path norm ${pathNorm.toFixed(1)}`)
}
const { lambda, search, features, seconds } = await run
console.log(`\nheld-out error, in half inter-quartile ranges of the target:`)
for (const { lambda, score } of search) console.log(`  lambda ${lambda}: ${score.toFixed(4)}`)
console.log(`chosen ${lambda}; ${features} inputs; ${seconds.toFixed(1)} s for all four fits\n`)

const { rmse, mae, r2 } = await model.evaluate(test)
console.log(
  `${test.length} new hours: R2 ${r2?.toFixed(3)}, off by ${mae.toFixed(0)} bicycles on average, rmse ${rmse.toFixed(0)}`,
)

// what is missing or was never seen is named, and predicted nevertheless
const { values, unseen, missing } = await model.predict([
  { ...test[0], weather: 'clear' },
  { ...test[0], weather: 'snow' },
  { ...test[0], temp: null },
])
console.log(`\nthe same hour in clear weather ${values[0].toFixed(0)}, in snow ${values[1].toFixed(0)}`)
console.log(`and with an unknown temperature ${values[2].toFixed(0)}; it was ${test[0].target}`)
console.log(`never seen: ${JSON.stringify(unseen)}, missing: ${JSON.stringify(missing)}`)

console.log('\nno more than this can a column move the prediction:')
for (const { column, kind, bound } of model.influence()) {
  const unit = kind === 'numeric' ? 'for each unit' : 'from any level to any other'
  console.log(`  ${column.padEnd(12)} ${bound.toFixed(1).padStart(8)} bicycles ${unit}`)
}
