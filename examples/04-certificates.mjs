// How far may a row move before its class can change? The path norm answers for all rows at once, and a stronger
// regulariser gives larger guarantees. Random steps, and steps along the slope, try to break them.
import { PsilonResNet } from 'psilon'
import { bundledRows } from './rows.mjs'

const rows = bundledRows('breast_cancer.csv')
const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'target')
const numbers = rows.map((row) => names.map((name) => Number(row[name])))
const y = rows.map((row) => Number(row.target))

// standardised by the rows that train, so that distances are in deviations of each measurement
const scales = names.map((_, j) => {
  const values = numbers.slice(0, 400).map((row) => row[j] ?? 0)
  const mean = values.reduce((sum, value) => sum + value, 0) / 400
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400) }
})
const x = numbers.map((row) => row.map((value, j) => (value - scales[j].mean) / scales[j].deviation))
const test = x.slice(400)

console.log('169 tumours; a radius is in deviations of the measurements, all of which may move at once\n')
console.log('lambda   accuracy   path norm: original  improved  tight   median radius   safe within 0.25   held')
for (const lambda of [1e-4, 1e-3, 1e-2, 5e-2]) {
  const net = new PsilonResNet({ inputs: names.length, hidden: 40, depth: 3, seed: 1 })
  const options = { loss: 'bce', lambda, epochs: 150, batchSize: 80, learningRate: 5e-3 }
  await net.fit({ x: x.slice(0, 400), y: y.slice(0, 400) }, /** @type {import('psilon').FitOptions} */ (options))

  const { classes, radii } = await net.certify(test, { bound: 'tight' })
  const right = y.slice(400).filter((label, i) => label === classes[i]).length / test.length
  const sorted = [...radii].sort((a, b) => a - b)
  const safe = radii.filter((radius) => radius > 0.25).length / test.length
  const held = attack(net, classes, radii, 0.999)
  const bounds = /** @type {const} */ (['original', 'improved', 'tight']).map((bound) =>
    net.pathNorm({ bound }).toFixed(2),
  )
  const cells = [
    String(lambda).padEnd(8),
    right.toFixed(3).padStart(7),
    (bounds[0] ?? '').padStart(21),
    (bounds[1] ?? '').padStart(9),
    (bounds[2] ?? '').padStart(7),
    (sorted[84] ?? 0).toFixed(3).padStart(13),
    `${(100 * safe).toFixed(0)} %`.padStart(14),
    held === 0 ? '      yes' : ` ${held} broken`,
  ]
  console.log(cells.join(' '))
  if (held > 0) throw new Error('a certificate was broken')
  if (lambda === 5e-2) showInfluence(net)
  net.dispose()
}

/**
 * Moves every row by a share of its radius in 200 random directions and along the sign of its slope; returns how often
 * the class changed.
 *
 * @param {PsilonResNet} net @param {Int32Array} classes @param {Float64Array} radii @param {number} share
 */
function attack(net, classes, radii, share) {
  let broken = 0
  test.forEach((row, i) => {
    const step = share * (radii[i] ?? 0)
    const output = (/** @type {number[]} */ at) => net.predictSync([at]).data[0] ?? 0
    const slopes = row.map((_, j) => output(row.with(j, (row[j] ?? 0) + 1e-2)) - output(row))
    const against = classes[i] === 1 ? -1 : 1
    const moved = Array.from({ length: 200 }, () => row.map((value) => value + step * (Math.random() < 0.5 ? -1 : 1)))
    moved.push(row.map((value, j) => value + step * against * Math.sign(slopes[j] ?? 0)))
    broken += net.predictSync(moved).data.filter((logit) => Number(logit > 0) !== classes[i]).length
  })
  return broken
}

/** Bounds on the slope of the logit along each input, beside the steepest that 100 random steps of each row find. */
function showInfluence(/** @type {PsilonResNet} */ net) {
  const bounds = net.influence({ bound: 'tight' })
  const order = names.map((_, j) => j).sort((a, b) => (bounds[b] ?? 0) - (bounds[a] ?? 0))
  console.log('\nwith the last lambda, the log-odds move by at most / moved by, for a deviation of')
  for (const j of order.slice(0, 4)) {
    const from = net.predictSync(test).data
    let steepest = 0
    for (let k = 0; k < 100; k++) {
      const step = 4 * Math.random() - 2
      const to = net.predictSync(test.map((row) => row.with(j, (row[j] ?? 0) + step))).data
      to.forEach((logit, i) => {
        steepest = Math.max(steepest, Math.abs(logit - (from[i] ?? 0)) / Math.abs(step))
      })
    }
    console.log(`  ${(names[j] ?? '').padEnd(22)} ${(bounds[j] ?? 0).toFixed(3)} / ${steepest.toFixed(3)}`)
  }
}
