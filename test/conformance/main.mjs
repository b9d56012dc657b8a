/**
 * npm run conformance -- DIR [--dtype float64|float32] [--device cpu|cuda|cuda-host|cuda-ptx]
 * [--precision float32|tf32]: replays every golden file of a folder; on the CPU at every instruction set of this
 * processor, or at that which PSILON_INSTRUCTION_SET names.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Devices that are the host in the place of a GPU. */
const hosts = { 'cuda-host': '../cuda-host/use.mjs', 'cuda-ptx': '../ptx/use.mjs' }
const tolerance = { float64: 1e-9, float32: 2e-5 }

/** @returns {never} */
function usage(message) {
  const options = '[--dtype float64|float32] [--device cpu|cuda|cuda-host|cuda-ptx] [--precision float32|tf32]'
  console.error(`${message}\nusage: npm run conformance -- DIR ${options}`)
  process.exit(2)
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        dtype: { type: 'string', default: 'float64' },
        device: { type: 'string', default: 'cpu' },
        precision: { type: 'string', default: 'float32' },
      },
    })
    if (positionals.length !== 1) usage('one folder is expected')
    if (!Object.hasOwn(tolerance, values.dtype)) usage(`unknown dtype "${values.dtype}"`)
    if (!['cpu', 'cuda', ...Object.keys(hosts)].includes(values.device)) usage(`unknown device "${values.device}"`)
    if (!['float32', 'tf32'].includes(values.precision)) usage(`unknown precision "${values.precision}"`)
    if (values.precision === 'tf32' && (values.dtype !== 'float32' || values.device === 'cpu'))
      usage('precision tf32 needs --dtype float32, and a device other than cpu')
    return { folder: positionals[0], ...values }
  } catch (error) {
    usage(String(error))
  }
}

function filesOf(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
  } catch (error) {
    usage(String(error))
  }
}

/** What comes from products, not from parameters alone. */
const ofProducts = /^(outputs|loss|objective|grads|gradsLoss|certifiedRadii|paramsAfter|history\.(loss|reg|objective))$/

/**
 * tf32 rounds each factor by up to 2^-11 of itself, so a term of a product by 2^-10. A gradient is depth + 1 products
 * forth and as many back; twice that, as sums that nearly cancel are less than their terms. Errors of steps go to either
 * side, so of several they grow like the root of their number.
 */
function toleranceOf(name, { config, expected, training }) {
  if (precision === 'float32' || !ofProducts.test(name)) return tolerance[dtype]
  const steps = training === undefined ? 1 : stepsOf(expected)
  return 2 * 2 ** -10 * 2 * (config.depth + 1) * Math.sqrt(steps)
}

const { folder, dtype, device, precision } = readArguments()
await import(Object.hasOwn(hosts, device) ? hosts[device] : '../addon/use.mjs')
// both load the addon
const { replay, stepsOf } = await import('./replay.mjs')
const { atEveryLevel, instructionSets } = await import('../support/instruction-sets.mjs')
const everyLevel = device === 'cpu' && !process.env.PSILON_INSTRUCTION_SET

/** The largest error of each quantity, at all levels. */
function errorsOf(golden) {
  const errors = {}
  const run = () => {
    const found = replay(golden, dtype, { device: device === 'cpu' ? 'cpu' : 'cuda', precision })
    for (const [name, error] of Object.entries(found)) errors[name] = Math.max(errors[name] ?? 0, error)
  }
  if (everyLevel) atEveryLevel(run)
  else run()
  return errors
}

const worst = new Map()
const leftOut = []
let passed = 0
let failed = 0
for (const file of filesOf(folder)) {
  let golden
  let errors
  try {
    golden = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    if (dtype === 'float32' && golden.float32 === false) {
      leftOut.push(file)
      continue
    }
    errors = errorsOf(golden)
  } catch (error) {
    console.log(`FAIL ${file}: ${error}`)
    failed++
    continue
  }
  const wrong = Object.entries(errors).filter(([name, error]) => !(error <= toleranceOf(name, golden)))
  for (const [name, error] of Object.entries(errors))
    if (!worst.has(name) || error > worst.get(name).error) worst.set(name, { error, file })
  for (const [name, error] of wrong) console.log(`FAIL ${file}: ${name} is off by ${error.toExponential(2)}`)
  if (wrong.length === 0) passed++
  else failed++
}
const wider = precision === 'tf32' ? ', of products 2^-8 (depth + 1) √steps' : ''
const levels = everyLevel ? `, at ${instructionSets.join(', ')}` : ''
console.log(`worst relative error of each quantity, ${dtype}, tolerance ${tolerance[dtype]}${wider}${levels}`)
for (const [name, { error, file }] of [...worst].sort(([a], [b]) => a.localeCompare(b)))
  console.log(`  ${name.padEnd(26)} ${error.toExponential(2).padStart(9)}  ${file}`)
for (const file of leftOut) console.log(`left out in float32: ${file}`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
