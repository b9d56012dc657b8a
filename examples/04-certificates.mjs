// How far may a row move before its class can change? The path norm answers for all rows at once, and a stronger
// regularizer gives larger guarantees. Random steps, and steps along the slope, try to break them.
import { PsilonResNet } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('MagicTelescope.csv.gz').slice(0, 2400)
const names = Object.keys(rows[0]).filter((name) => name !== 'target')
const y = rows.map((row) => Number(row.target))
const x = standardized(rows.map((row) => names.map((name) => Number(row[name]))))
const [train, test] = [
  { x: x.slice(0, 2000), y: y.slice(0, 2000) },
  { x: x.slice(2000), y: y.slice(2000) },
]

console.log(
  '400 showers of light, gamma rays or hadrons. A radius is in deviations of the inputs, and all may move at once.\n',
)
console.log(
  'lambda   accuracy   path norm: original   improved   tight   median radius   safe within 0.1   moved and held',
)
for (const lambda of [1e-4, 1e-3, 1e-2, 3e-2]) {
  const net = await trained(lambda)
  const { classes, radii } = await net.certify(test.x, { bound: 'tight' })
  const right = test.y.filter((label, i) => label === classes[i]).length / test.y.length
  const safe = radii.filter((radius) => radius > 0.1).length / radii.length
  const median = radii.slice().sort()[200]
  const { steps, broken } = attack(net, classes, radii)
  const cells = [
    String(lambda).padEnd(6),
    right.toFixed(3).padStart(8),
    net.pathNorm({ bound: 'original' }).toFixed(2).padStart(18),
    net.pathNorm({ bound: 'improved' }).toFixed(2).padStart(8),
    net.pathNorm({ bound: 'tight' }).toFixed(2).padStart(5),
    median.toFixed(3).padStart(10),
    `${(100 * safe).toFixed(0)} %`.padStart(14),
    `${steps - broken} of ${steps}`.padStart(21),
  ]
  console.log(cells.join('   '))
}

const net = await trained(1e-3)
const bounds = net.influence({ bound: 'tight' })
const order = names.map((_, j) => j).sort((a, b) => bounds[b] - bounds[a])
console.log('\nwith lambda 0.001, a deviation of an input moves the log-odds by at most (and by, in random steps)')
for (const j of order) console.log(`  ${names[j].padEnd(10)} ${bounds[j].toFixed(3)} (${steepest(net, j).toFixed(3)})`)

async function trained(/** @type {number} */ lambda) {
  const net = new PsilonResNet({ inputs: names.length, hidden: 50, depth: 3, seed: 1 })
  await net.fit(train, { loss: 'bce', lambda, epochs: 100, batchSize: 200, learningRate: 1e-2 })
  return net
}

/**
 * Moves every row by just less than its radius: in 100 random directions, and along the sign of its slope.
 *
 * @param {PsilonResNet} net @param {Int32Array} classes @param {Float64Array} radii
 */
function attack(net, classes, radii) {
  let [steps, broken] = [0, 0]
  test.x.forEach((row, i) => {
    const step = 0.999 * radii[i]
    const [here, ...there] = net.predictSync([row, ...row.map((value, j) => row.with(j, value + 0.01))]).data
    const downhill = row.map((value, j) => value - step * Math.sign(there[j] - here) * Math.sign(here))
    const random = Array.from({ length: 100 }, () => row.map((value) => value + step * (Math.random() < 0.5 ? -1 : 1)))
    const logits = net.predictSync([downhill, ...random]).data
    steps += logits.length
    broken += logits.filter((logit) => Number(logit > 0) !== classes[i]).length
  })
  return { steps, broken }
}

/** The steepest slope of the logit along one input that 100 random steps of every row find. */
function steepest(/** @type {PsilonResNet} */ net, /** @type {number} */ j) {
  const from = net.predictSync(test.x).data
  const slopes = Array.from({ length: 100 }, () => {
    const step = 4 * Math.random() - 2
    const to = net.predictSync(test.x.map((row) => row.with(j, row[j] + step))).data
    return Math.max(...to.map((logit, i) => Math.abs((logit - from[i]) / step)))
  })
  return Math.max(...slopes)
}

/** Columns with mean 0 and deviation 1 among the first 2,000 rows. */
function standardized(/** @type {number[][]} */ numbers) {
  const scales = names.map((_, j) => {
    const values = numbers.slice(0, 2000).map((row) => row[j])
    const mean = values.reduce((sum, value) => sum + value, 0) / 2000
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000) }
  })
  return numbers.map((row) => row.map((value, j) => (value - scales[j].mean) / scales[j].deviation))
}
