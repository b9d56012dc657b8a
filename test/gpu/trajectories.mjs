/**
 * Replays the golden trainings of a folder on the CPU and on the GPU side by side. A line of JSON for each: the largest
 * relative errors of its figures and parameters, of either device against the golden numbers, and of one against the
 * other, which both may be off by to either side.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { groupError, numberError } from '../conformance/compare.mjs'
import { replay, stepsOf, trainingSteps } from '../conformance/replay.mjs'

const folder = process.argv[2] ?? 'test/fixtures'
const tolerance = { float64: 1e-9, float32: 2e-5 }

const worst = (errors) => Math.max(...Object.values(errors))
const plain = (parameters) =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
  )

/** Of the GPU's steps, and parameters where golden ones are known, in units of the CPU's. */
function difference(golden, dtype) {
  const others = trainingSteps(golden, dtype, { device: 'cuda' })
  let largest = 0
  for (const { step, figures, trainer } of trainingSteps(golden, dtype, { device: 'cpu' })) {
    const { value: other } = others.next()
    if (other === undefined) throw new Error(`the GPU has no step ${step}`)
    const errors = Object.keys(figures).map((name) => numberError(other.figures[name], figures[name]))
    if (golden.expected.paramsAfter[step] !== undefined)
      errors.push(groupError(plain(other.trainer.parameters()), plain(trainer.parameters())))
    largest = Math.max(largest, ...errors)
  }
  return largest
}

let failed = 0
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.json')) continue
  const golden = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  if (golden.training === undefined) continue
  for (const dtype of ['float64', 'float32']) {
    if (dtype === 'float32' && golden.float32 === false) continue
    const goldenCpu = worst(replay(golden, dtype, { device: 'cpu' }))
    const goldenCuda = worst(replay(golden, dtype, { device: 'cuda' }))
    const cpuCuda = difference(golden, dtype)
    const most = tolerance[dtype]
    const passed = goldenCpu <= most && goldenCuda <= most && cpuCuda <= 2 * most
    if (!passed) failed++
    console.log(
      JSON.stringify({ file, dtype, steps: stepsOf(golden.expected), goldenCpu, goldenCuda, cpuCuda, passed }),
    )
  }
}
process.exitCode = failed === 0 ? 0 : 1
